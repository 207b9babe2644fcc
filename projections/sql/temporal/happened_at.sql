select happened from event_time where position = ?1
