-- Streams of some keys whose log another one goes on from, with events of the same stream, and that have none after that.
with recursive line(log, ancestor, until) as (
    select g.log, g.parent, g.parent_until from retold.log g where g.tenant = $1 and g.parent is not null
    union all
    select l.log, g.parent, least(l.until, g.parent_until)
        from line l join retold.log g on g.tenant = $1 and g.log = l.ancestor and g.parent is not null
)
select distinct p.stream
from retold.stream c join line l on l.log = c.log
join retold.stream p on p.tenant = c.tenant and p.log = l.ancestor and p.stream_key = c.stream_key
where c.tenant = $1 and c.stream_key = any ($2)
    and not exists (select 1 from retold.event e where e.tenant = p.tenant and e.stream = p.stream and e.position > l.until)
