-- The end of a workspace's own stream: null where it has none.
select max(e.revision)
from workspace w join stream s on s.workspace = w.id join event e on e.stream = s.id
where w.key = ?1 and s.session_id = '' and s.ordinal = 0
