-- Sessions whose id lies in a range, those that are not deleted first: from the log alone, a workspace at a time. Nothing
-- but what is said of bodies follows a deletion, so the last event tells.
select s.id, w.key, s.session_id, s.ordinal, coalesce((
    select e.type = :deleted from event e where e.stream = s.id and e.type not in (:redacted, 20, 21) order by e.revision desc limit 1
), 0) as is_deleted
from workspace w cross join stream s on s.workspace = w.id
where s.session_id >= :id and s.session_id < :behind
    and s.ordinal > 0
    and (:workspace is null or w.key = :workspace) and (:ordinal is null or s.ordinal = :ordinal)
order by is_deleted, s.session_id, w.key, s.ordinal
limit 100
