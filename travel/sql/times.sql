select position, occurred_at from event where stream = ?1 order by revision
