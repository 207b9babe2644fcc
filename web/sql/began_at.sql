select recorded_at from event where stream = ?1 and revision = 1
