insert into event (position, stream, revision, type, schema_version, commit_first, recorded_at, occurred_at, hash, meta, codec, salt, body)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, null, ?10, ?11, ?12)
