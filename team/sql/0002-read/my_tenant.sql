-- The caller's team, for policies: asked once a statement.
create function retold.my_tenant() returns bigint stable language sql security definer set search_path = pg_catalog as $$
    select m.tenant from retold.me() m
$$
