-- Which text a source last had for a session, and which stream that became: a source that did not change says nothing
-- again, however far the session has moved on here. nth counts records of one id in the source, from 1.
create table import_record (
    source     text    not null,
    session_id text    not null,
    nth        integer not null,
    digest     blob    not null check (length(digest) = 32),
    ordinal    integer not null,
    place      real    not null,
    primary key (source, session_id, nth)
) strict, without rowid;
