-- The workspaces that the caller was allowed to read; 0 stands for all.
create or replace function retold.my_workspaces() returns bigint[] stable language plpgsql security definer set search_path = pg_catalog as $$
begin
    return (
        select coalesce(array_agg(v.workspace::bigint), '{}') from retold.me() m
        join retold.visible v on v.tenant = m.tenant and v.person = m.person and v.level >= 2
    );
end $$
