select id, bytes from dictionary order by id desc limit 1
