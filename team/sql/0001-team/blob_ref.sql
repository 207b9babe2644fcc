create table retold.blob_ref (
    tenant bigint not null,
    log integer not null,
    position bigint not null,
    hash bytea not null,
    primary key (tenant, log, position, hash)
)
