-- When a table was last written again, and how many bytes it had before and after.
create table retold.purged (
    tenant bigint not null,
    part text not null,
    at timestamptz not null default now(),
    bytes_before bigint not null,
    bytes_after bigint not null,
    primary key (tenant, part)
)
