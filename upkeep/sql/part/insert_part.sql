insert into part (only, source, taken_at, position, hash) values (1, ?1, ?2, ?3, ?4)
