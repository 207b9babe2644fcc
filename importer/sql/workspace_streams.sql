select s.id, w.key, s.session_id, s.ordinal, (select e.position from event e where e.stream = s.id and e.revision = 1)
from workspace w join stream s on s.workspace = w.id
where s.ordinal > 0
order by w.id, s.id
