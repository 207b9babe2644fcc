select id, source, workspace, home, offset, length, reason, found_at, resolved_at from quarantine order by id
