-- Large parts of bodies, by the BLAKE3 of their plain bytes, each stored once.
create table blob (
    id    integer primary key,
    hash  blob    not null unique,
    codec integer not null,
    size  integer not null,   -- bytes before compression
    bytes blob    not null
) strict;
