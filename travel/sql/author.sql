-- The meta of a commit is on its first event.
select e.type, e.revision, e.recorded_at, e.occurred_at, c.meta, c.position is not null
from event e left join event c on c.position = e.commit_first
where e.position = ?1
