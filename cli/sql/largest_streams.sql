select stream, count(*), coalesce(sum(length(body)), 0) as bytes
from event
where position <= ?2
group by stream
order by bytes desc, stream
limit ?1
