select 1 from (
    select * from (
        select position, stream, revision, type, schema_version, commit_first, recorded_at, occurred_at, hash, meta, codec,
            salt, body
        from event where position = ?1
        union all
        select position, stream, revision, type, schema_version, commit_first, recorded_at, occurred_at, hash, meta, codec,
            salt, body
        from temp.candidate where position = ?1
    )
)
where stream is ?2 and revision is ?3 and type is ?4 and schema_version is ?5 and commit_first is ?6
    and recorded_at is ?7 and occurred_at is ?8 and hash is ?9 and meta is ?10 and codec is ?11 and salt is ?12 and body is ?13
