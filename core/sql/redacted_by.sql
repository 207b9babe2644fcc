select by_position from redaction where position = ?1
