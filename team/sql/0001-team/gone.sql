-- Bodies that were erased where they came from. why: 0 redacted, 1 pruned.
create table retold.gone (
    tenant bigint not null,
    log integer not null,
    position bigint not null,
    why smallint not null,
    by_position bigint not null,
    at timestamptz not null default now(),
    primary key (tenant, log, position)
)
