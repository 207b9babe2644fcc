-- Which log the keyframes are of, and how many of its bodies were redacted when they were made.
create table log (
    only       integer primary key check (only = 1),
    id         blob    not null,
    redactions integer not null
) strict;
-- A session after one of its events. The head names chunks.
create table keyframe (
    stream   integer not null,
    revision integer not null,
    position integer not null,
    hash     blob    not null,   -- of the event
    digest   blob    not null,   -- of the head
    head     blob    not null,
    primary key (stream, revision)
) strict, without rowid;
-- Parts of states, each stored once, by the first half of the BLAKE3 of their plain bytes.
create table chunk (
    id    blob primary key,
    bytes blob not null
) strict, without rowid;
