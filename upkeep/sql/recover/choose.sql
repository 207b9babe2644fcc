insert into event (position, stream, revision, type, schema_version, commit_first, recorded_at, occurred_at, hash, meta, codec, salt, body)
select position, stream, revision, type, schema_version, commit_first, recorded_at, occurred_at, hash, meta, codec, salt, body
from temp.candidate where position = ?1 and rank = ?2
