select position, hash from event where stream = ?1 and revision = ?2
