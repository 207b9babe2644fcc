select body_commit from redaction where position = ?1
