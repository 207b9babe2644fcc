-- Events that a read model could not take in, and went on behind.
create table if not exists projection_skip (
    name     text    not null,
    position integer not null,
    reason   text    not null,
    primary key (name, position)
) strict, without rowid;
