-- Streams whose rows are to be made again from all of their events: something of them was erased or supplied. waits_for: the number of
-- an event type that the worker does not know.
create table retold.stale (
    tenant bigint not null,
    stream bigint not null,
    mark bigint not null default 1,
    waits_for integer,
    primary key (tenant, stream)
)
