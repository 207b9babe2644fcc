-- Serves a workspace's sessions in file order.
create index sessions_by_place/*gen*/ on sessions/*gen*/ (workspace, home, place);
