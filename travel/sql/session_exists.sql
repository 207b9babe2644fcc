select 1 from workspace w join stream s on s.workspace = w.id where w.key = ?1 and s.session_id = ?2
