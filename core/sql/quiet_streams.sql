-- Sessions in which nothing happened after a position, but what is said of bodies, and which have something to prune.
select s.id, w.key, s.session_id, s.ordinal
from stream s join workspace w on w.id = s.workspace
where s.ordinal > 0
    and (
        select e.position from event e
        where e.stream = s.id and e.type not in (/*bodies*/) order by e.revision desc limit 1
    ) <= ?1
    and exists (
        select 1 from event e where e.stream = s.id and e.type not in (/*structure*/) and e.body is not null
    )
order by s.id
