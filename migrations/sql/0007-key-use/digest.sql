-- 16 bytes of salt, and the hash of salt and of the digest of what makes the write this one; null where a release before this
-- step kept the key, and where what was written has been redacted.
alter table commit_key add column digest blob;
