-- projection: sessions_and_messages
-- version: 1
-- about: a row for each message, and its session's counts
create table message_row (
    position integer not null primary key,
    stream   integer not null,
    role     text    not null,
    at       text    not null,
    bytes    integer not null
) strict;

create table session_row (
    stream     integer not null primary key,
    workspace  text    not null,
    session_id text    not null,
    type       text    not null,
    messages   integer not null,
    bytes      integer not null,
    last       text    not null
) strict;

create index message_row_by_stream on message_row (stream);

-- on: SessionCreated
insert into session_row values (:stream, :workspace, :session_id, :session_type, 0, 0, :occurred_at);

-- on: MessageAdded
insert into message_row values (:position, :stream, :role, :occurred_at, :content_bytes);
update session_row set messages = messages + 1, bytes = bytes + :content_bytes, last = :occurred_at
where stream = :stream;
