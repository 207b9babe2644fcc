-- Serves sessions by when they began.
create index sessions_by_created/*n*/ on sessions/*gen*/ (created_instant);
