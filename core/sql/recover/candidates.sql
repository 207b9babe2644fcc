-- Rows that may be the one at their position, where the one that was read first is not. No constraints: nothing is known of them.
create temp table candidate (
    position, rank, stream, revision, type, schema_version, commit_first, recorded_at, occurred_at, hash, meta, codec, salt,
    body, primary key (position, rank)
) without rowid
