insert into sidecar_version (name, version, declaration, digest, added_at) values (?1, ?2, ?3, ?4, ?5)
on conflict (name, version) do nothing;
