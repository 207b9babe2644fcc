select recorded_at from event where position = ?1
