-- Positions of a log whose content was retired: it is not taken again.
create table retold.retired (
    tenant bigint not null,
    log integer not null,
    first bigint not null,
    last bigint not null,
    at timestamptz not null default now(),
    primary key (tenant, log, first)
)
