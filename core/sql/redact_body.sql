update event set body = null, salt = null where position = ?1
