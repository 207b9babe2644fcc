update instances set status = ?3, output_bytes = ?4, output_chunks = ?5 where stream = ?1 and place = ?2
