-- The order of what arrived: without a gap, and nothing appears below a number that was seen.
create table retold.shipment (
    tenant bigint not null,
    ingest bigint not null,
    log integer not null,
    first bigint not null,
    last bigint not null,
    last_hash bytea not null,
    chain bytea not null,
    received_at timestamptz not null default clock_timestamp(),
    device integer not null,
    primary key (tenant, ingest)
)
