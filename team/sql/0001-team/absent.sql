-- Positions that were held back, with the hash at their end.
create table retold.absent (
    tenant bigint not null,
    log integer not null,
    first bigint not null,
    last bigint not null,
    hash_at_last bytea not null,
    primary key (tenant, log, first)
)
