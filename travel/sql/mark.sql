select name, position, hash, created_at from mark where name = ?1
