-- Roles of persons that see or do more than is a person's: what makes it so.
select r.rolname::text, case when r.rolsuper then 'superuser' when r.rolbypassrls then 'bypassrls' else m.name end
from retold.person p join pg_roles r on r.rolname = p.role
left join lateral (
    select x.rolname::text as name from pg_roles x
    where x.rolname in ('retold_owner', 'retold_worker', 'retold_server', 'pg_read_all_data', 'pg_write_all_data')
        and pg_has_role(r.oid, x.oid, 'member') order by 1 limit 1
) m on true
where p.tenant = any ($1) and p.disabled_at is null and (r.rolsuper or r.rolbypassrls or m.name is not null) order by 1
