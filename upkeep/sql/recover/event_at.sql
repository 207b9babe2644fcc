select
    position, stream, revision, type, schema_version, commit_first, recorded_at, occurred_at, hash, meta, codec, salt, body,
    0 as rank
from event where position = ?1
union all
select
    position, stream, revision, type, schema_version, commit_first, recorded_at, occurred_at, hash, meta, codec, salt, body,
    rank
from temp.candidate where position = ?1
order by rank
