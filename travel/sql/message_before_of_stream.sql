select position from event where stream = ?4 and type = ?1 and position <= ?2 order by revision desc limit 1 offset ?3
