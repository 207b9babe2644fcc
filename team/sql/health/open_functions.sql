-- Functions of the schema that anybody may call.
select distinct p.proname::text from pg_proc p
where p.pronamespace = 'retold'::regnamespace
    and exists (select 1 from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where a.grantee = 0) order by 1
