-- Marks the streams of positions, and the copies of them in logs that go on from this one.
create function retold.mark_stale(t bigint, l integer, positions bigint[]) returns void language sql set search_path = pg_catalog as $$
    insert into retold.stale (tenant, stream)
        select distinct t, c.stream from unnest(positions) u(p)
        join retold.event e on e.tenant = t and e.log = l and e.position = u.p
        join retold.stream s on s.tenant = t and s.stream = e.stream
        join retold.stream c on c.tenant = t and c.stream_key = s.stream_key
        order by 2
        on conflict (tenant, stream) do update set mark = retold.stale.mark + 1, waits_for = null
$$
