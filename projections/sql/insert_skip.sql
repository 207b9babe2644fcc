insert into projection_skip (name, position, reason) values (?1, ?2, ?3) on conflict do nothing
