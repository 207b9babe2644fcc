select name, position, hash, created_at from mark order by position, name
