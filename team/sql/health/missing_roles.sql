-- Roles of the schema that are not there.
select u.name from unnest(array['retold_owner', 'retold_shipper', 'retold_reader', 'retold_worker', 'retold_server', 'retold_monitor']) u(name)
where not exists (select 1 from pg_roles r where r.rolname = u.name) order by 1
