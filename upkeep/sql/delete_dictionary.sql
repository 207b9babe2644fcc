delete from dictionary where id = ?1
