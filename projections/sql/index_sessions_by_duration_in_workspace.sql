-- Serves a workspace's sessions by how long they took.
create index if not exists sessions_by_duration_in_workspace/*n*/ on sessions/*gen*/ (workspace, total_duration);
