-- A message's row, as long as it was the same. Its content is in the event at content_position.
create table message_version (
    stream           integer not null,
    rank             real    not null,
    from_position    integer not null,
    to_position      integer not null,
    from_happened    integer not null,
    to_happened      integer not null,
    moved            integer not null,
    id               text    not null,
    role             text    not null,
    timestamp        text    not null,
    instant          integer,
    instance_id      integer,
    extra            text,
    content_position integer not null,
    content_bytes    integer not null,
    primary key (stream, rank, from_position)
) strict, without rowid;
