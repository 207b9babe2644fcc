select s.stream, w.key, s.id, s.ordinal
from sessions s join workspaces w on w.workspace = s.workspace
where s.id = ?1
order by w.key, s.ordinal
