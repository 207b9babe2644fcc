-- What the file holds and how far it is, written in the transaction of its rows. schema: a digest of its tables, once
-- they are full. redactions: how many bodies were gone from the log when the filling began. boot: which run of the
-- machine fills it without waiting for the disk; null once the disk has it.
create table retold_checkpoint (
    only       integer primary key check (only = 1),
    log        blob    not null,
    name       text    not null,
    version    integer not null,
    digest     blob    not null,
    position   integer not null,
    hash       blob    not null,
    redactions integer not null,
    boot       text,
    schema     blob
) strict;
