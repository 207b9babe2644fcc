select s.ordinal, s.id
from workspace w join stream s on s.workspace = w.id
where w.key = ?1 and s.session_id = ?2 and s.ordinal > 0
order by s.ordinal
