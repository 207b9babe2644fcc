create function retold.schema_1() returns integer stable language sql security definer set search_path = pg_catalog as $$
    select max(m.number) from retold.migration m
$$
