insert into source_pieces (workspace, source, offset, length, position, records, through) values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
