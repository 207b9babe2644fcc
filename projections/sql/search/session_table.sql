create table search_session (
    stream     integer primary key,
    workspace  text    not null,
    session_id text    not null,
    ordinal    integer not null,
    type       text    not null,
    status     text    not null,
    deleted    integer not null,
    lists      text    not null   -- a JSON object: what is known beside the document and is a list, under its name
) strict;
