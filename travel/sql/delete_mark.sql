delete from mark where name = ?1
