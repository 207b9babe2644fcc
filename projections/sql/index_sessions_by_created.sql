-- Serves sessions by when they began.
create index sessions_by_created/*gen*/ on sessions/*gen*/ (created_instant);
