select r.body_commit, e.type, e.schema_version, e.codec, e.body, r.by_position
from redaction r left join event e on e.position = r.by_position
where r.position = ?1
