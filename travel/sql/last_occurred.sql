select max(position) from event where stream = ?1 and occurred_at <= ?2
