-- How many bytes the bodies of a stream's events are, with the texts that they refer to, for whoever may read it whole: what pages are cut by,
-- before any of those bytes is read.
create function retold.stream_sizes_1(t bigint, l integer, of_key bytea, after_revision bigint, at_most bigint, out revision bigint, out size bigint)
returns setof record stable language sql security definer set search_path = pg_catalog as $$
    select e.revision, (
            coalesce((select sum(octet_length(b.body)) from retold.body b where b.tenant = t and b.log = l and b.position = e.position), 0)
            + coalesce((
                select sum(x.size) from retold.blob_ref r cross join lateral (
                    select octet_length(y.bytes) as size from retold.blob y where y.tenant = r.tenant and y.log = r.log and y.hash = r.hash offset 0
                ) x where r.tenant = t and r.log = l and r.position = e.position), 0)
        )::bigint
    from retold.event e
    where e.tenant = t and e.revision > after_revision and e.stream = (
        select s.stream from retold.stream s where s.tenant = t and s.log = l and s.stream_key = of_key and retold.may_read(s.tenant, s.log, s.workspace) >= 3)
    order by e.revision limit at_most
$$
