-- Bodies, a partition a month of their arrival: retention drops a partition.
create table retold.body (
    tenant bigint not null,
    log integer not null,
    position bigint not null,
    received date not null,
    codec smallint not null,
    salt bytea not null,
    body bytea not null,
    primary key (tenant, log, position, received)
) partition by range (received)
