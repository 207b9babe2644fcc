-- What streams and workspaces may be called, wherever it was found. Hashes tell which name is the right one.
create temp table stream_name (
    stream integer, workspace integer, session_id text, ordinal integer,
    primary key (stream, workspace, session_id, ordinal)
) without rowid;
create temp table workspace_name (workspace integer, key text, primary key (workspace, key)) without rowid;
