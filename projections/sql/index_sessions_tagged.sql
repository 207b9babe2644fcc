-- Serves the sessions that have tags.
create index if not exists sessions_tagged/*n*/ on sessions/*gen*/ (workspace) where tags <> '[]';
