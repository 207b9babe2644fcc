-- Serves a workspace's sessions of a status, in file order.
create index if not exists sessions_by_status/*n*/ on sessions/*gen*/ (workspace, status, home, place);
