select position from event where type = ?1 and position <= ?2 order by position desc limit 1 offset ?3
