-- The log. Times are microseconds since 1970-01-01T00:00:00Z. The meta of a commit stands on its first event.
-- The body comes last, so that reading a header never touches overflow pages.
create table event (
    position       integer primary key,
    stream         integer not null,
    revision       integer not null,
    type           integer not null,
    schema_version integer not null,
    commit_first   integer not null,
    recorded_at    integer not null,
    occurred_at    integer not null,
    hash           blob    not null,
    meta           blob,
    codec          integer not null,   -- 0 as it is, 1 zstd, from 2 zstd with that dictionary
    salt           blob,
    body           blob,
    unique (stream, revision)
) strict;
