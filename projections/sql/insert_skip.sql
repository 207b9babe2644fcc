insert into projection_skip (name, building, position, reason) values (?1, ?2, ?3, ?4) on conflict do nothing
