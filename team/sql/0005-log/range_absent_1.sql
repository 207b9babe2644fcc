-- The ranges between two positions of which nothing was shipped, for whoever may read the log whole.
create function retold.range_absent_1(t bigint, l integer, from_position bigint, to_position bigint, out first bigint, out last bigint, out hash_at_last bytea)
returns setof record stable language sql security definer set search_path = pg_catalog as $$
    select a.first, a.last, a.hash_at_last from retold.absent a
    where a.tenant = t and a.log = l and a.last >= from_position and a.first <= to_position and (select retold.may_read(t, l, 0)) >= 3
    order by a.first
$$
