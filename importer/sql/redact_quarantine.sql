update quarantine set codec = 1, raw = ?2, reason = ?3, resolved_at = coalesce(resolved_at, ?4) where id = ?1
