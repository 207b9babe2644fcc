-- Events that somebody had a projection leave out.
create table sidecar_skip (
    name       text    not null,
    position   integer not null,
    reason     text    not null,
    skipped_at integer not null,
    primary key (name, position)
) strict, without rowid;
