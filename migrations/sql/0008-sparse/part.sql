-- One row in a store that holds a part of a log which is written elsewhere: nothing is appended to it.
create table part (
    only     integer primary key check (only = 1),
    source   text,               -- where the part was taken from; null where that is nobody's business
    taken_at integer not null,   -- microseconds since 1970-01-01T00:00:00Z
    position integer not null,   -- the end of the whole log at that time
    hash     blob    not null check (length(hash) = 32)
) strict;
