insert into backup (path, made_at, position, hash, bytes) values (?1, ?2, ?3, ?4, ?5)
