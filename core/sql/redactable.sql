select stream, type, codec, salt, body from event where position = ?1
