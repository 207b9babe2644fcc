-- The long texts that events of a stream refer to, for whoever may read it whole.
create function retold.stream_texts_1(
    t bigint, l integer, of_key bytea, positions bigint[], out "position" bigint, out hash bytea, out codec smallint, out size bigint, out bytes bytea
) returns setof record stable language sql security definer set search_path = pg_catalog as $$
    select r.position, b.hash, b.codec, b.size, b.bytes from retold.stream s
    join retold.event e on e.tenant = s.tenant and e.stream = s.stream and e.log = l and e.position = any (positions)
    join retold.blob_ref r on r.tenant = t and r.log = l and r.position = e.position
    join retold.blob b on b.tenant = r.tenant and b.log = r.log and b.hash = r.hash
    where s.tenant = t and s.log = l and s.stream_key = of_key and retold.may_read(s.tenant, s.log, s.workspace) >= 3
    order by r.position, r.hash
$$
