-- The types are the bits of ?5: what is left out is neither unpacked nor decoded.
select position, stream, revision, type, schema_version, commit_first, recorded_at, occurred_at, hash, meta, codec, body
from event where stream = ?1 and revision > ?2 and position <= ?3 and (?5 >> type) & 1 = 1 order by revision limit ?4
