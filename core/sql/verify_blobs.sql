select id, hash, codec, size, bytes from blob where id between ?1 and ?2 order by id
