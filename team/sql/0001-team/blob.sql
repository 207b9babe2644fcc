-- Long texts, of one log each: no log can put another's text in its place, nor ask whether somebody has a text.
create table retold.blob (
    tenant bigint not null,
    log integer not null,
    hash bytea not null,
    codec smallint not null,
    size bigint not null,
    bytes bytea not null,
    primary key (tenant, log, hash)
)
