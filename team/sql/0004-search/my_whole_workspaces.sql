-- The workspaces whose sessions the caller was allowed to read whole; 0 stands for all.
create function retold.my_whole_workspaces() returns bigint[] stable language sql security definer set search_path = pg_catalog as $$
    select coalesce(array_agg(v.workspace::bigint), '{}') from retold.me() m
    join retold.visible v on v.tenant = m.tenant and v.person = m.person and v.level >= 3
$$
