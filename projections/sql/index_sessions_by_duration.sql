-- Serves sessions by how long they took.
create index if not exists sessions_by_duration/*n*/ on sessions/*gen*/ (total_duration);
