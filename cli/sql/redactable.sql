select stream, type, body is not null from event where position = ?1
