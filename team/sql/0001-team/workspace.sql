create table retold.workspace (
    tenant bigint not null,
    workspace integer not null,
    -- Byte for byte: it may hold what text may not.
    key bytea not null,
    path text,
    project integer,
    primary key (tenant, workspace),
    unique (tenant, key)
)
