select offset, length, reason from skipped_spans where workspace = ?1 and source = ?2 order by offset
