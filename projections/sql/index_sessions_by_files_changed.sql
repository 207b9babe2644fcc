-- Serves sessions by how many files they changed.
create index if not exists sessions_by_files_changed/*n*/ on sessions/*gen*/ (total_files_changed);
