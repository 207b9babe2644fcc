insert into sidecar_file (name, role, version, suffix) values (?1, ?2, ?3, ?4)
on conflict (name, role) do update set version = excluded.version, suffix = excluded.suffix;
