-- Tables and functions of the schema that are not its owner's.
select c.relname::text from pg_class c join pg_roles o on o.oid = c.relowner
where c.relnamespace = 'retold'::regnamespace and c.relkind in ('r', 'p', 'v') and o.rolname <> 'retold_owner'
union all
select p.proname::text from pg_proc p join pg_roles o on o.oid = p.proowner
where p.pronamespace = 'retold'::regnamespace and o.rolname <> 'retold_owner' order by 1
