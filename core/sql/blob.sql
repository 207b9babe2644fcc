select codec, size, bytes from blob where hash = ?1
