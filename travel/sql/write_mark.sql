insert into mark (name, position, hash, created_at) values (?1, ?2, ?3, ?4)
on conflict (name) do update set position = excluded.position, hash = excluded.hash, created_at = excluded.created_at
