-- What is told of each session.
create table search_session (
    stream     integer primary key,
    workspace  text    not null,
    session_id text    not null,
    ordinal    integer not null,
    type       text    not null,
    status     text    not null,
    deleted    integer not null,
    lists      text    not null,  -- a JSON object: what is known beside the document and is a list, under its name
    worktree   text    not null   -- the one that it moved to; empty for none
) strict;

-- What sessions have in common, and which each session has: 1,024 numbers of scopes a block.
create table search_scope (
    scope     integer primary key,
    workspace text    not null,
    type      text    not null,
    status    text    not null,
    deleted   integer not null,
    lists     text    not null,
    worktree  text    not null,
    unique (workspace, type, status, deleted, lists, worktree)
) strict;
create table search_scope_block (
    block integer primary key,
    stamp integer not null,       -- the flush that wrote it
    data  blob    not null
) strict;
create index search_scope_stamp on search_scope_block (stamp);

-- The marks that texts have, and what is known of 1,024 texts a block. The number of a text is the position of
-- its event, and more by 1,073,741,824 for the paths that an event names.
create table search_kind (
    kind  integer primary key,
    marks text    not null unique -- a JSON array, in the order of the declaration
) strict;
create table search_block (
    block integer primary key,
    stamp integer not null,
    data  blob    not null
) strict;
create index search_block_stamp on search_block (stamp);

-- Words and their postings. A list that is too long for the page of its word is rows of its own.
create table search_segment (
    segment    integer primary key,
    texts      integer not null,
    first_page integer not null,
    last_page  integer not null,
    first_list integer not null,
    last_list  integer not null
) strict;
create table search_page (
    page  integer primary key,
    first blob    not null,
    data  blob    not null
) strict;
create table search_list (
    list   integer primary key,
    texts  blob    not null,
    places blob    not null
) strict;

-- Texts of which earlier segments may have words that they have no more, up to a segment.
create table search_gone (
    text    integer primary key,
    segment integer not null
) strict;

create table search_size (
    texts integer not null,
    words integer not null,
    stamp integer not null,       -- the last flush
    made  integer not null        -- tells this index from any other
) strict;
insert into search_size values (0, 0, 0, random());
