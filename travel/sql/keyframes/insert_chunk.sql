insert or ignore into chunk (id, bytes) values (?1, ?2)
