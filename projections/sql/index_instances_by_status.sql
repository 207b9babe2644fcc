-- Serves the instances of a status.
create index if not exists instances_by_status/*n*/ on instances/*gen*/ (status);
