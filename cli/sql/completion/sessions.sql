select id, substr(task, 1, 200) from sessions where id >= ?1 and id < ?2 order by id limit ?3
