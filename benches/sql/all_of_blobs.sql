select codec, bytes from blob where id between ?1 and ?2
