select hash from event where position = ?1
