-- Of the log.
select stream from event where position > ?1
