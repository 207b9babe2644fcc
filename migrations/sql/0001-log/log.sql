-- Which log this is. The id goes into every event's hash, so no event can be moved in from another log.
create table log (
    only       integer primary key check (only = 1),
    id         blob    not null check (length(id) = 16),
    format     integer not null,
    created_at integer not null   -- microseconds since 1970-01-01T00:00:00Z
) strict;
