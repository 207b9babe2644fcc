select position, stream, revision, type, schema_version, commit_first, recorded_at, occurred_at, hash, meta, codec, salt, body
from event where position between ?1 and ?2
