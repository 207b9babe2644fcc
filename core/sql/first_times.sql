-- The first two times of each stream: the second says whether the first is to be believed.
select s.id, e.occurred_at, n.occurred_at
from stream s
join event e on e.stream = s.id and e.revision = 1
left join event n on n.stream = s.id and n.revision = 2
