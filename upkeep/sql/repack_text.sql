update blob set codec = ?2, bytes = ?3 where id = ?1
