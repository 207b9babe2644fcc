select raw, length from quarantine where id = ?1
