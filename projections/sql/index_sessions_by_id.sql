-- Serves a session by its id or the beginning of it.
create index sessions_by_id/*gen*/ on sessions/*gen*/ (id);
