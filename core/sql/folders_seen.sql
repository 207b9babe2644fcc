select position, stream, revision, type, schema_version, commit_first, recorded_at, occurred_at, hash, meta, codec, body
from event where type = 38 and position > ?1 order by position limit ?2
