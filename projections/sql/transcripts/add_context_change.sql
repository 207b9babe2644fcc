insert into context_changes (stream, position, change, messages) values (?1, ?2, ?3, ?4)
