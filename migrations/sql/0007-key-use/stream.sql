-- The session that the write was about; null where there was none.
alter table commit_key add column stream integer;
