delete from instances where place = ?1
