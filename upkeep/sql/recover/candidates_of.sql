select hash, body from temp.candidate where position = ?1
