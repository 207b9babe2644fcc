update event set codec = ?2, salt = ?3, body = ?4 where position = ?1
