delete from context_changes where stream = ?1 and position = ?2
