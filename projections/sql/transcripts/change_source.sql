update sources set kept_at = ?3, bytes = ?4, file_bytes = ?5, stamp = ?6,
    records = (select sum(records) from source_pieces where workspace = ?1 and source = ?2)
where workspace = ?1 and source = ?2
