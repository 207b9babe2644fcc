create table retold.stream (
    tenant bigint not null,
    stream bigint not null,
    log integer not null,
    stream_key bytea not null,
    -- The name that the key is the hash of; null while it is sealed.
    workspace integer,
    session_id bytea,
    ordinal bigint,
    primary key (tenant, stream),
    unique (tenant, log, stream_key),
    foreign key (tenant, log) references retold.log,
    foreign key (tenant, workspace) references retold.workspace
)
