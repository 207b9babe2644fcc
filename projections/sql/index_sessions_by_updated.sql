-- Serves sessions by their last update.
create index if not exists sessions_by_updated/*n*/ on sessions/*gen*/ (updated_instant);
