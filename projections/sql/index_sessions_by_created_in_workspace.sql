-- Serves a workspace's sessions by when they began.
create index if not exists sessions_by_created_in_workspace/*n*/ on sessions/*gen*/ (workspace, created_instant);
