-- Serves the sessions of a type.
create index sessions_by_type/*n*/ on sessions/*gen*/ (type);
