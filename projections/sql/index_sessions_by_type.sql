-- Serves the sessions of a type.
create index if not exists sessions_by_type/*n*/ on sessions/*gen*/ (type);
