select recorded_at, occurred_at from event where position = ?1
