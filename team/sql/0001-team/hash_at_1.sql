create function retold.hash_at_1(t bigint, l integer, p bigint, out at_position bigint, out hash bytea) stable language sql security definer set search_path = pg_catalog as $$
    select k.at_position, k.hash from retold.known_at(t, l, p) k where retold.may_ship(t, l) is not null
$$
