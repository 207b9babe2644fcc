-- Of the log.
select occurred_at from event where position = ?1
