-- Tables in which row versions may be left of what was erased of a log, since they were last written again. redacted: bodies that were
-- redacted; other: bodies that left otherwise, or were moved, and may be redacted yet. since: of the first of those that were redacted.
create table retold.residue (
    tenant bigint not null,
    log integer not null,
    part text not null,
    redacted bigint not null,
    other bigint not null,
    since timestamptz not null default now(),
    -- Rises with every erasure: what was noted while a table was being written again stays.
    mark bigint not null default 1,
    primary key (tenant, log, part)
)
