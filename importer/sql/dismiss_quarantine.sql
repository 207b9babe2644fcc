update quarantine set reason = 'dismissed: ' || ?2 || '; it was: ' || reason, resolved_at = ?3
where id = ?1 and resolved_at is null
