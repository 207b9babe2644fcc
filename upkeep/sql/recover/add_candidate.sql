insert into temp.candidate (
    position, rank, stream, revision, type, schema_version, commit_first, recorded_at, occurred_at, hash, meta, codec, salt, body
)
values (
    ?1, (select 1 + coalesce(max(rank), 0) from temp.candidate where position = ?1),
    ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13
)
