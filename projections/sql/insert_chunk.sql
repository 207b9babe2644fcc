insert into output_chunks/*gen*/ (stream, instance, ordinal, position, bytes) values (?, ?, ?, ?, ?)
