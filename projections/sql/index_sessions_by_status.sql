-- Serves a workspace's sessions of a status.
create index sessions_by_status/*n*/ on sessions/*gen*/ (workspace, status);
