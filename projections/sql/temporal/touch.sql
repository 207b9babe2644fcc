-- What changes with nearly every event of a session, a row an event.
create table touch (
    stream          integer not null,
    position        integer not null,
    happened        integer not null,
    revision        integer not null,
    instance_count  integer not null,
    message_count   integer not null,
    updated_instant integer,
    updated_at      text    not null,
    primary key (stream, position)
) strict, without rowid;
