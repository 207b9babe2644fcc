select exists (select 1 from usage_records where workspace = ?1 and key = ?2)
