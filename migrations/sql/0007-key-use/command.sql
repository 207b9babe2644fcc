-- What the write of a key was called, in words; null where a release before this step kept the key.
alter table commit_key add column command text;
