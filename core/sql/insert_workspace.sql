insert into workspace (id, key) values (?1, ?2)
