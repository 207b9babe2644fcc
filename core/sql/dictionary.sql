select bytes from dictionary where id = ?1
