create function retold.my_generation() returns integer stable language sql security definer set search_path = pg_catalog as $$
    select g.generation from retold.me() m join retold.models g on g.tenant = m.tenant
$$
