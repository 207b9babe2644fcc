select id, bytes from blob where codec = ?1 and id > ?2 order by id limit ?3
