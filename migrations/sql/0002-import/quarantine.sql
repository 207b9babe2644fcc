-- Pieces of sources that could not be read, with their raw bytes.
create table quarantine (
    id          integer primary key,
    source      text    not null,
    source_hash blob    not null check (length(source_hash) = 32),
    workspace   text    not null,
    home        text    not null,   -- the name of the legacy file it belongs to
    offset      integer not null,
    length      integer not null,
    reason      text    not null,
    found_at    integer not null,
    resolved_at integer,
    digest      blob    not null check (length(digest) = 32),
    codec       integer not null,
    raw         blob    not null
) strict;
