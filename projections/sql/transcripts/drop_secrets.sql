delete from source_secrets where workspace = ?1 and source = ?2 and piece >= ?3
