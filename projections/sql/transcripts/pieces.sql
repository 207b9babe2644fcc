select offset, length, position, records, through from source_pieces where workspace = ?1 and source = ?2 order by offset
