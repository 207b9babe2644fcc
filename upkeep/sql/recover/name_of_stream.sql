select w.key, s.session_id, s.ordinal from stream s join workspace w on w.id = s.workspace where s.id = ?1
