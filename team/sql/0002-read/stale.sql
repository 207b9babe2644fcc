-- Streams whose rows are to be made again from all of their events: something of them was erased or supplied. waits_for: how much a worker
-- has to know more than, where an event is of a newer release; 2147483647 where one cannot be read.
create table retold.stale (
    tenant bigint not null,
    stream bigint not null,
    mark bigint not null default 1,
    waits_for integer,
    primary key (tenant, stream)
)
