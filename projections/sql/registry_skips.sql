select position, reason, skipped_at from sidecar_skip where name = ?1 order by position;
