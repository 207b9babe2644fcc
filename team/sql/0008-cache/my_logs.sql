create or replace function retold.my_logs() returns integer[] stable language plpgsql security definer set search_path = pg_catalog as $$
begin
    return (
        select coalesce(array_agg(g.log), '{}') from retold.me() m
        join retold.log g on g.tenant = m.tenant
        join retold.device d on d.tenant = g.tenant and d.device = g.device and d.person = m.person
    );
end $$
