-- Also deleted sessions, which have no rows: the streams themselves, a workspace at a time.
select s.id, w.key, s.session_id, s.ordinal
from workspace w cross join stream s on s.workspace = w.id
where s.session_id >= :id and (:behind is null or s.session_id < :behind) and s.ordinal > 0
    and (:workspace is null or w.key = :workspace) and (:ordinal is null or s.ordinal = :ordinal)
order by s.session_id, w.key, s.ordinal
limit 100
