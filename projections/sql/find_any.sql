select s.id, w.key, s.session_id, s.ordinal
from stream s join workspace w on w.id = s.workspace
where s.ordinal > 0 and substr(s.session_id, 1, length(?1)) = ?1
order by s.session_id, w.key, s.ordinal
limit 100
