insert into skipped_spans (workspace, source, offset, length, reason, piece) values (?1, ?2, ?3, ?4, ?5, ?6)
