select s.stream, w.key, s.id, s.ordinal
from sessions s cross join workspaces w on w.workspace = s.workspace
where s.id = :id and (:behind is null or s.id < :behind)
    and (:workspace is null or w.key = :workspace) and (:ordinal is null or s.ordinal = :ordinal)
order by w.key, s.ordinal
limit 100
