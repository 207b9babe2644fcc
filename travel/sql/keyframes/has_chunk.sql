select 1 from chunk where id = ?1
