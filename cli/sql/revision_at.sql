select max(revision) from event where stream = ?1 and position <= ?2
