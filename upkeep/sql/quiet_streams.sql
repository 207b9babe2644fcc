-- Sessions of which the last event, but what is said of bodies, has a position up to ?1, or occurred by ?1 where ?2, and which
-- have something to prune. The last one counts: an event of a moment when the clock was wrong makes no session look busy that
-- went on after it.
select s.id, w.key, s.session_id, s.ordinal
from stream s join workspace w on w.id = s.workspace
where s.ordinal > 0
    and (
        select iif(?2, e.occurred_at, e.position) from event e
        where e.stream = s.id and e.type not in (/*bodies*/) order by e.revision desc limit 1
    ) <= ?1
    and exists (
        select 1 from event e where e.stream = s.id and e.type not in (/*structure*/) and e.body is not null
    )
order by s.id
