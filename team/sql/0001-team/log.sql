-- A log, or the diverged branch of one.
create table retold.log (
    tenant bigint not null,
    log integer not null,
    log_id bytea not null,
    branch smallint not null default 0,
    -- Positions up to parent_until are the parent's.
    parent integer,
    parent_until bigint not null default 0,
    device integer not null,
    head bigint not null default 0,
    head_hash bytea not null,
    -- Up to where `retold team verify` has recomputed the chain.
    verified bigint not null default 0,
    format smallint not null,
    -- 0 live, 1 superseded, 2 diverged, 3 retired.
    state smallint not null default 0,
    -- What all of it was shipped at, at the least, and whether nothing was held back.
    level smallint not null,
    whole boolean not null,
    seen_at timestamptz,
    skew interval,
    primary key (tenant, log),
    unique (tenant, log_id, branch),
    foreign key (tenant, device) references retold.device,
    foreign key (tenant, parent) references retold.log
) with (fillfactor = 50)
