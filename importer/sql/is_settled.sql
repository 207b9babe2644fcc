select 1 from quarantine where source = ?1 and digest = ?2 and resolved_at is not null
