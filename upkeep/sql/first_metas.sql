-- Where streams come from, of those that say so.
select e.stream, e.meta
from stream s cross join event e on e.stream = s.id and e.revision = 1
where e.meta is not null
