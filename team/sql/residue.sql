-- Tables in which row versions are left of what was redacted, of some tenants.
select r.part, sum(r.redacted)::bigint as redacted, (extract(epoch from min(r.since)) * 1000000)::bigint as since,
    coalesce(pg_total_relation_size(c.oid), 0) as bytes, (extract(epoch from max(p.at)) * 1000000)::bigint as purged_at
from retold.residue r
left join pg_class c on c.relnamespace = 'retold'::regnamespace and c.relname = r.part and c.relkind = 'r'
left join retold.purged p on p.tenant = r.tenant and p.part = r.part
where r.tenant = any ($1) and r.redacted > 0
group by r.part, c.oid order by r.part
