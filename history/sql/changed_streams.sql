-- The sessions that have events in a stretch of the log, with the legacy file that they are in; null for one that is
-- deleted.
select distinct e.stream, w.key, r.home
from event e
    join stream s on s.id = e.stream
    join workspace w on w.id = s.workspace
    left join sessions r on r.stream = e.stream
where e.position > ?1 and e.position <= ?2 and s.ordinal > 0
