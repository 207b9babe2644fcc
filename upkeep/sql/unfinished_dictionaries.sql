select id from dictionary where id in (select dictionary from repack) order by id
