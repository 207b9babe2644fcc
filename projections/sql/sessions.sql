-- One row a session record that is not deleted, every key of the legacy document but its lists.
-- The *_instant columns are microseconds since 1970, null where the text is no timestamp.
create table sessions/*gen*/ (
    stream                 integer primary key,
    workspace              integer not null,
    id                     text    not null,
    ordinal                integer not null,
    home                   text    not null,   -- the name of its legacy file
    place                  real    not null,   -- its place in that file
    type                   text    not null,
    task                   text    not null,
    status                 text    not null,
    created_at             text    not null,
    updated_at             text    not null,
    completed_at           text,
    created_instant        integer,
    updated_instant        integer,
    completed_instant      integer,
    model                  text,
    timeout_seconds        integer,
    preserve_worktrees     integer,
    winner_id              integer,
    runtime_mix            text,               -- a JSON array
    total_duration         any,                -- seconds; text above 2^63 - 1
    total_files_changed    integer,
    total_lines_added      integer,
    total_lines_deleted    integer,
    extra                  text,               -- a JSON object of the keys that are not known
    instance_count         integer not null,
    message_count          integer not null,
    latest_instance_status text,
    position               integer not null,   -- of its last event
    revision               integer not null,
    tags                   text    not null default '[]',  -- a JSON array
    cwds                   text    not null default '[]',  -- a JSON array: the folders that it worked in, in order
    branches               text    not null default '[]',  -- a JSON array, in order
    worktree               text,
    models                 text    not null default '[]',  -- a JSON array: those that responded, in order
    versions               text    not null default '[]',  -- a JSON array: of the tool that wrote it, in order
    files                  text    not null default '[]',  -- a JSON array: those that it was read from, in order
    relation               text,                           -- subagent or fork
    parent                 text,                           -- the id of the session that it comes from
    spawned_by             text,                           -- the id of a tool call
    inferred               integer not null default 0,     -- whether the status is
    partial                integer not null default 0,     -- whether a part of its usage is not known
    details                text                            -- a JSON object
) strict;
