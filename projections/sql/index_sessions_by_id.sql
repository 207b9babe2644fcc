-- Serves a session by its id or the beginning of it.
create index if not exists sessions_by_id/*n*/ on sessions/*gen*/ (id);
