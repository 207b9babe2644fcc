-- Which log each stretch of positions was written in. A restored log goes on under an id of its own: the events up to
-- until were hashed under the id of the log that they came from. Without rows, all of them under log.id.
create table lineage (
    until  integer primary key,                                -- the last position of the stretch
    log_id blob    not null check (length(log_id) = 16),
    hash   blob    not null check (length(hash) = 32),         -- of the event there; zeros for position 0
    restored_at integer not null                               -- microseconds since 1970-01-01T00:00:00Z
) strict;
