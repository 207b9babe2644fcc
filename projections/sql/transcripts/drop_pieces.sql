delete from source_pieces where workspace = ?1 and source = ?2 and offset >= ?3
