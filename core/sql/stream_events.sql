select position, stream, revision, type, schema_version, commit_first, recorded_at, occurred_at, hash, meta, codec, body
from event where stream = ?1 and revision > ?2 and position <= ?3 order by revision limit ?4
