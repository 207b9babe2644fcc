-- What was erased between two positions, for whoever may read the log whole.
create function retold.range_gone_1(t bigint, l integer, from_position bigint, to_position bigint, out "position" bigint, out by_position bigint, out why smallint)
returns setof record stable language sql security definer set search_path = pg_catalog as $$
    select g.position, g.by_position, g.why from retold.gone g
    where g.tenant = t and g.log = l and g.position between from_position and to_position and (select retold.may_read(t, l, 0)) >= 3
    order by g.position
$$
