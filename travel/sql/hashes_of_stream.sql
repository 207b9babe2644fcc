select position, hash from event where stream = ?3 and hash >= ?1 and hash <= ?2 order by revision limit 10
