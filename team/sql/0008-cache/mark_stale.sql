-- Marks the streams of positions whose content went or came, and the copies of them in logs that go on from this one; of the log there is
-- another edition then. Under the lock of the log.
create or replace function retold.mark_stale(t bigint, l integer, positions bigint[]) returns void language sql set search_path = pg_catalog as $$
    insert into retold.edition as x (tenant, log, changes) select t, l, 1 where cardinality(positions) > 0
        on conflict (tenant, log) do update set changes = x.changes + 1, secret = excluded.secret;
    insert into retold.stale (tenant, stream) select t, c.stream from unnest(retold.copies_of(t, l, positions)) c(stream) order by 2
        on conflict (tenant, stream) do update set mark = retold.stale.mark + 1, waits_for = null
$$
