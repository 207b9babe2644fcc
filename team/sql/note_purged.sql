-- Notes of tables that they were written again, and what was noted of them until then.
with done as (
    delete from retold.residue r using unnest($1::bigint[], $2::integer[], $3::text[], $4::bigint[]) u(tenant, log, part, mark)
    where r.tenant = u.tenant and r.log = u.log and r.part = u.part and r.mark = u.mark
)
insert into retold.purged (tenant, part, bytes_before, bytes_after)
select t.tenant, u.part, u.bytes_before, u.bytes_after
from retold.tenant t cross join unnest($5::text[], $6::bigint[], $7::bigint[]) u(part, bytes_before, bytes_after)
on conflict (tenant, part) do update set at = now(), bytes_before = excluded.bytes_before, bytes_after = excluded.bytes_after
