delete from messages where place = ?1
