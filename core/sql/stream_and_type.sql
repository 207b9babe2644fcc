select stream, type from event where position = ?1
