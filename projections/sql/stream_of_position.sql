select s.id, s.workspace, w.key, s.session_id, s.ordinal
from event e join stream s on s.id = e.stream join workspace w on w.id = s.workspace
where e.position = ?1
