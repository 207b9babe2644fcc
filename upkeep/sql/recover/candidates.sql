-- Rows that may be the one at their position, where the one that was read first is not. No constraints: nothing is known of them.
create temp table candidate (
    position, rank, stream, revision, type, schema_version, commit_first, recorded_at, occurred_at, hash, meta, codec, salt,
    body, primary key (position, rank)
) without rowid
;
-- Texts that are not what their hashes say, as long as their dictionary may be another.
create temp table text_candidate (hash, codec, size, bytes);
create index temp.text_candidate_by_hash on text_candidate (hash)
