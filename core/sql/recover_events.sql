insert into main.event (
    position, stream, revision, type, schema_version, commit_first, recorded_at, occurred_at, hash, meta, codec, salt, body
)
select
    position, stream, revision, type, schema_version, commit_first, recorded_at, occurred_at, hash, meta, codec, salt, body
from damaged.event order by position
