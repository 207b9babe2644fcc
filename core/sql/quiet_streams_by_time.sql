-- Sessions whose last event, but what is said of bodies, occurred by a time, and which have something to prune. The last one
-- counts: an event of a moment when the clock was wrong makes no session look busy that went on after it.
select s.id, w.key, s.session_id, s.ordinal
from stream s join workspace w on w.id = s.workspace
where s.ordinal > 0
    and (
        select e.occurred_at from event e
        where e.stream = s.id and e.type not in (/*bodies*/) order by e.revision desc limit 1
    ) <= ?1
    and exists (
        select 1 from event e where e.stream = s.id and e.type not in (/*structure*/) and e.body is not null
    )
order by s.id
