-- Backups that were made and verified, whether they are still there or not.
create table backup (
    id       integer primary key,
    path     text    not null,
    made_at  integer not null,   -- microseconds since 1970-01-01T00:00:00Z
    position integer not null,
    hash     blob    not null check (length(hash) = 32),
    bytes    integer not null
) strict;
