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
