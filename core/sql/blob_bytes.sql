select length(bytes) from blob where hash = ?1
