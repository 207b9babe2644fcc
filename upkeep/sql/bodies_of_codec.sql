select position, body from event where codec = ?1 and position > ?2 and body is not null order by position limit ?3
