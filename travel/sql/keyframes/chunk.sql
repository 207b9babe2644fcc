select bytes from chunk where id = ?1
