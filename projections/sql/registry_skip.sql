insert into sidecar_skip (name, position, reason, skipped_at) values (?1, ?2, ?3, ?4)
on conflict (name, position) do update set reason = excluded.reason, skipped_at = excluded.skipped_at;
