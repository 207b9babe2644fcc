-- One row a message, in the order of the document. The content is once in the store: in the event at
-- content_position.
create table chat_messages/*gen*/ (
    stream           integer not null,
    place            integer not null,   -- in the document's list, from 0
    id               text    not null,
    role             text    not null,
    timestamp        text    not null,
    instant          integer,
    instance_id      integer,
    extra            text,
    content_position integer not null,
    content_bytes    integer not null,
    primary key (stream, place)
) strict, without rowid;
