select revision, position, occurred_at from event where stream = ?1 and revision > ?2 order by revision
