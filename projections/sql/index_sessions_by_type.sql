-- Serves the sessions of a type.
create index sessions_by_type/*gen*/ on sessions/*gen*/ (type);
