-- Serves the instances of a status.
create index instances_by_status/*gen*/ on instances/*gen*/ (status);
