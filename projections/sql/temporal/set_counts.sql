update event_time set counts = nullif(?2, happened) where position = ?1
