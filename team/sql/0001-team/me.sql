-- Who calls, by the role that connected: not by a setting, which anybody can set.
create function retold.me(out tenant bigint, out person integer) stable language sql security definer set search_path = pg_catalog as $$
    select p.tenant, p.person from retold.person p where p.role = session_user and p.disabled_at is null limit 1
$$
