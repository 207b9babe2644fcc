select stream, position, occurred_at from event order by position
