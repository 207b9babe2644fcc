insert into projection (name, building, version, generation, position, hash) values (?1, ?2, ?3, ?4, ?5, ?6)
on conflict (name, building) do update set
    version = excluded.version, generation = excluded.generation, position = excluded.position, hash = excluded.hash
