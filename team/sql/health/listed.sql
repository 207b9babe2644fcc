-- Up to which shipment the lists of tenants are, which is the last, how long the first that they lack has waited, in seconds, and how many
-- sessions are to be made again, or cannot be.
select t.name, coalesce(c.ingest, 0), t.ingest,
    coalesce(extract(epoch from now() - (
        select s.received_at from retold.shipment s where s.tenant = t.tenant and s.ingest > coalesce(c.ingest, 0) order by s.ingest limit 1)), 0)::double precision,
    (select count(*) from retold.stale s where s.tenant = t.tenant and s.waits_for is null),
    (select count(*) from retold.stale s where s.tenant = t.tenant and s.waits_for is not null)
from retold.tenant t left join retold.models m on m.tenant = t.tenant
left join retold.checkpoint c on c.tenant = t.tenant and c.name = 'sessions' and c.version = m.generation
where t.tenant = any ($1) order by t.name
