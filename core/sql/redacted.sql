select position from redaction where position between ?1 and ?2
