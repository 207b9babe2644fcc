-- A release before this step knows no key of a write that changed nothing.
delete from commit_key where first = 0;
drop index commit_key_by_first;
alter table commit_key drop column digest;
alter table commit_key drop column stream;
alter table commit_key drop column command;
