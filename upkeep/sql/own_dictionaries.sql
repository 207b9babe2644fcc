select id, bytes from dictionary where id > ?1 order by id
