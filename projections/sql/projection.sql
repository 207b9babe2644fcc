-- How far each read model is, and which rows it has. building = 1: a new generation beside the one that is read.
create table if not exists projection (
    name       text    not null,
    building   integer not null,
    version    integer not null,
    generation integer not null,
    position   integer not null,
    hash       blob    not null check (length(hash) = 32),
    primary key (name, building)
) strict, without rowid;
