-- Sessions that have something to prune, with the position of the last event, but what is said of bodies.
select s.id, w.key, s.session_id, s.ordinal, (
        select e.position from event e
        where e.stream = s.id and e.type not in (/*bodies*/) order by e.revision desc limit 1
    ) as last
from stream s join workspace w on w.id = s.workspace
where s.ordinal > 0
    and last is not null
    and exists (
        select 1 from event e where e.stream = s.id and e.type not in (/*structure*/) and e.body is not null
    )
order by s.id
