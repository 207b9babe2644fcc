-- What was erased of a stream, for whoever may read it whole.
create function retold.stream_gone_1(t bigint, l integer, of_key bytea, out "position" bigint, out by_position bigint, out why smallint)
returns setof record stable language sql security definer set search_path = pg_catalog as $$
    select g.position, g.by_position, g.why from retold.stream s
    join retold.event e on e.tenant = s.tenant and e.stream = s.stream
    join retold.gone g on g.tenant = e.tenant and g.log = e.log and g.position = e.position
    where s.tenant = t and s.log = l and s.stream_key = of_key and retold.may_read(s.tenant, s.log, s.workspace) >= 3
    order by g.position
$$
