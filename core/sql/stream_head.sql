select revision, hash from event where stream = ?1 order by revision desc limit 1
