-- Compression dictionaries by number, from 2. One is never changed once a body was written with it.
create table dictionary (
    id    integer primary key check (id >= 2),
    bytes blob not null
) strict;
