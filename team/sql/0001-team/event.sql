-- Headers, for good. The chain is verified over them alone: what the body and the meta commit to is in them.
create table retold.event (
    tenant bigint not null,
    position bigint not null,
    stream bigint not null,
    revision bigint not null,
    commit_first bigint not null,
    recorded_at bigint not null,
    occurred_at bigint not null,
    log integer not null,
    type integer not null,
    schema_version integer not null,
    hash bytea not null,
    body_commit bytea not null,
    meta bytea,
    -- The digest of a meta that was not sent.
    meta_digest bytea,
    primary key (tenant, log, position),
    unique (tenant, stream, revision)
)
