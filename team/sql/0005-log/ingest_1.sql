-- The number of the last shipment of the caller's team: what those who follow it ask for again and again.
create function retold.ingest_1() returns bigint stable language sql security definer set search_path = pg_catalog as $$
    select t.ingest from retold.me() m join retold.tenant t on t.tenant = m.tenant
$$
