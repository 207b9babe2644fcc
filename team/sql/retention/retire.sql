-- Takes away the bodies of a log from before a day; returns their positions.
with gone as (
    delete from retold.body b
    where b.tenant = $1 and b.log = $2 and b.received < $3::text::date and b.received > '-infinity' returning b.position
)
select coalesce(array_agg(g.position order by g.position), '{}') from gone g
