-- Marks the streams of positions, and the copies of them in logs that go on from this one.
create or replace function retold.mark_stale(t bigint, l integer, positions bigint[]) returns void language sql set search_path = pg_catalog as $$
    insert into retold.stale (tenant, stream) select t, c.stream from unnest(retold.copies_of(t, l, positions)) c(stream) order by 2
        on conflict (tenant, stream) do update set mark = retold.stale.mark + 1, waits_for = null
$$
