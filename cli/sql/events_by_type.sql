select coalesce(t.name, 'type ' || e.type), count(*), coalesce(sum(length(e.body)), 0) as bytes
from event e left join event_type t on t.id = e.type
where e.position <= ?1
group by e.type
order by bytes desc, e.type
