-- Events that a read model could not take in, and went on after. building as in projection.
create table if not exists projection_skip (
    name     text    not null,
    building integer not null,
    position integer not null,
    reason   text    not null,
    primary key (name, building, position)
) strict, without rowid;
