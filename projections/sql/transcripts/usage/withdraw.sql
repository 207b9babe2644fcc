delete from usage_records where workspace = ?1 and key = ?2 and stream = ?3
