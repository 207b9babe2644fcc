create table retold.checkpoint (
    tenant bigint not null,
    name text not null,
    version integer not null,
    ingest bigint not null,
    chain bytea not null,
    state smallint not null,
    error text,
    error_at bigint,
    primary key (tenant, name, version)
)
