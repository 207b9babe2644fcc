select s.id from stream s join workspace w on w.id = s.workspace
where w.key = ?1 and s.session_id = ?2 and s.ordinal = ?3
