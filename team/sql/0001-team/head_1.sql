create function retold.head_1(t bigint, l integer, out head bigint, out head_hash bytea) stable language sql security definer set search_path = pg_catalog as $$
    select g.head, g.head_hash from retold.log g where g.tenant = t and g.log = l and retold.may_ship(t, l) is not null
$$
