-- The long texts that events of a stream refer to, for whoever may read it whole.
create or replace function retold.stream_texts_1(
    t bigint, l integer, of_key bytea, positions bigint[], out "position" bigint, out hash bytea, out codec smallint, out size bigint, out bytes bytea
) returns setof record stable language sql security definer set search_path = pg_catalog as $$
    select r.position, b.hash, b.codec, b.size, b.bytes from retold.blob_ref r
    cross join lateral (
        select x.hash, x.codec, x.size, x.bytes from retold.blob x where x.tenant = r.tenant and x.log = r.log and x.hash = r.hash offset 0
    ) b
    where r.tenant = t and r.log = l and r.position = any (positions)
        and (select e.stream from retold.event e where e.tenant = t and e.log = l and e.position = r.position) = (
            select s.stream from retold.stream s where s.tenant = t and s.log = l and s.stream_key = of_key
                and retold.may_read(s.tenant, s.log, s.workspace) >= 3)
    order by r.position, r.hash
$$
