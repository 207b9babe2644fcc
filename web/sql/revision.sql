select revision from event where position = ?1 and stream = ?2
