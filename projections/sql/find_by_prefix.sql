select s.stream, w.key, s.id, s.ordinal
from sessions s join workspaces w on w.workspace = s.workspace
where s.id >= ?1 and s.id < ?2
order by s.id, w.key, s.ordinal
limit 100
