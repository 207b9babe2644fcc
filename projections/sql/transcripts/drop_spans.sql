delete from skipped_spans where workspace = ?1 and source = ?2 and piece >= ?3
