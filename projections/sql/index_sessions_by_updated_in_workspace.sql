-- Serves a workspace's sessions by their last update.
create index if not exists sessions_by_updated_in_workspace/*n*/ on sessions/*gen*/ (workspace, updated_instant);
