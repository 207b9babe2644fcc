select recorded_at from event where position > ?1 order by position limit 1;
