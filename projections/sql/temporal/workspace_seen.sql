-- Since when a workspace is known: by an event of its own, or by a session that began in it.
create table workspace_seen (
    workspace     integer primary key,
    from_position integer not null,
    from_happened integer not null
) strict;
