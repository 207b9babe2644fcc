-- Serves a workspace's sessions by how many files they changed.
create index if not exists sessions_by_files_changed_in_workspace/*n*/ on sessions/*gen*/ (workspace, total_files_changed);
