-- Serves a workspace's sessions of a status.
create index sessions_by_status/*gen*/ on sessions/*gen*/ (workspace, status);
