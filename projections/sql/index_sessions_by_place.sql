-- Serves a workspace's sessions in file order.
create index if not exists sessions_by_place/*n*/ on sessions/*gen*/ (workspace, home, place);
