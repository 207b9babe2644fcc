-- Serves sessions by when they began.
create index if not exists sessions_by_created/*n*/ on sessions/*gen*/ (created_instant);
