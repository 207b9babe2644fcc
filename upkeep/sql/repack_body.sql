update event set codec = ?2, body = ?3 where position = ?1
