select 1 from dictionary where id = ?1
