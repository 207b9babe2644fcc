create or replace function retold.my_generation() returns integer stable language plpgsql security definer set search_path = pg_catalog as $$
begin
    return (select g.generation from retold.me() m join retold.models g on g.tenant = m.tenant);
end $$
