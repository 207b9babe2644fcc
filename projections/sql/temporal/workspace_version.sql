-- What was said of a workspace, as long as it was so.
create table workspace_version (
    workspace     integer not null,
    stream        integer not null,   -- its own
    from_position integer not null,
    to_position   integer not null,
    from_happened integer not null,
    to_happened   integer not null,
    path          text,
    hashes        text    not null,   -- a JSON array
    primary key (workspace, from_position)
) strict, without rowid;
