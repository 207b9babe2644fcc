-- The long texts that events between two positions refer to, for whoever may read the log whole.
create function retold.range_texts_1(
    t bigint, l integer, from_position bigint, to_position bigint, out "position" bigint, out hash bytea, out codec smallint, out size bigint, out bytes bytea
) returns setof record stable language sql security definer set search_path = pg_catalog as $$
    select r.position, b.hash, b.codec, b.size, b.bytes from retold.blob_ref r
    left join lateral (select y.hash, y.codec, y.size, y.bytes from retold.blob y where y.tenant = r.tenant and y.log = r.log and y.hash = r.hash offset 0) b on true
    where r.tenant = t and r.log = l and r.position between from_position and to_position and (select retold.may_read(t, l, 0)) >= 3
    order by r.position, r.hash
$$
