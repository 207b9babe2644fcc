-- The versions of them that there are files of, or will be. declaration: its text; null where it is built in.
create table sidecar_version (
    name            text    not null,
    version         integer not null,
    declaration     text,
    digest          blob    not null check (length(digest) = 32),   -- of its code
    added_at        integer not null,
    failed_position integer,                                        -- the event that it stopped at
    failed_at       integer,
    failure         text,                                           -- why
    primary key (name, version)
) strict, without rowid;
