insert into output_piece (stream, output, position, ordinal, bytes, total) values (?1, ?2, ?3, ?4, ?5, ?6)
