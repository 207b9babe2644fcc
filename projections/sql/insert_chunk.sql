insert into output_chunks/*gen*/ (stream, instance, ordinal, position, bytes) values (?1, ?2, ?3, ?4, ?5)
