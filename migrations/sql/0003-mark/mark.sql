-- Moments that somebody gave a name. The hash says which history the position is of.
create table mark (
    name       text    primary key,
    position   integer not null,
    hash       blob    not null check (length(hash) = 32),
    created_at integer not null   -- microseconds since 1970-01-01T00:00:00Z
) strict, without rowid;
