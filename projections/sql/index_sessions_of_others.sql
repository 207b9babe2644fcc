-- Few sessions come from another one.
create index if not exists sessions_of_others/*n*/ on sessions/*gen*/ (workspace, parent) where parent is not null;
