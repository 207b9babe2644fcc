-- The heads of the logs of which the caller sees something.
create function retold.heads_1(out tenant bigint, out log integer, out log_id bytea, out person text, out device text, out head bigint, out head_hash bytea, out is_own boolean)
returns setof record stable language sql security definer set search_path = pg_catalog as $$
    select g.tenant, g.log, g.log_id, p.name, d.name, g.head, g.head_hash, d.person = m.person
    from retold.me() m join retold.log g on g.tenant = m.tenant
    join retold.device d on d.tenant = g.tenant and d.device = g.device
    join retold.person p on p.tenant = d.tenant and p.person = d.person
    where g.head > 0 and (d.person = m.person or 0 = any (retold.my_workspaces())
        or exists (select 1 from retold.stream s where s.tenant = g.tenant and s.log = g.log and s.workspace = any (retold.my_workspaces())))
    order by g.log
$$
