select id, digest, raw, length from quarantine where source = ?1 and resolved_at is null order by id
