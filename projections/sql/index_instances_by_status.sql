-- Serves the instances of a status.
create index instances_by_status/*n*/ on instances/*gen*/ (status);
