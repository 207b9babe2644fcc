-- A session that is deleted used what it used.
select w.key, s.session_id from main.stream s join main.workspace w on w.id = s.workspace where s.id = ?1
