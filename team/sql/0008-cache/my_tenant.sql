-- The caller's team, for policies: asked once a statement, of a plan that the connection keeps.
create or replace function retold.my_tenant() returns bigint stable language plpgsql security definer set search_path = pg_catalog as $$
begin
    return (select m.tenant from retold.me() m);
end $$
