select id, bytes from dictionary where id not in (select dictionary from repack) order by id desc limit 1
