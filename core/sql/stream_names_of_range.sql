select s.id, w.key, s.session_id, s.ordinal
from stream s join workspace w on w.id = s.workspace
where s.id in (select stream from event where position between ?1 and ?2)
