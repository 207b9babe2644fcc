-- A session record. Session ids repeat in real data, hence the ordinal, from 1 in order of creation.
-- A workspace's own stream has an empty session id and ordinal 0.
create table stream (
    id         integer primary key,
    workspace  integer not null references workspace (id),
    session_id text    not null,
    ordinal    integer not null,
    unique (workspace, session_id, ordinal)
) strict;
