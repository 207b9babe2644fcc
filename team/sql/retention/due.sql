-- Logs with bodies from before a day; how many of these are content, and how many are not.
select b.log, count(*) filter (where not b.is_fact), count(*) filter (where b.is_fact)
from (
    select b.log, coalesce((
        select e.type from retold.event e where e.tenant = b.tenant and e.log = b.log and e.position = b.position) = any ($3), false) as is_fact
    from retold.body b where b.tenant = $1 and b.received < $2::text::date and b.received > '-infinity'
) b
group by b.log order by b.log
