select position, type, schema_version, codec, body, revision
from event where stream = ?1 and position <= ?2 order by revision
