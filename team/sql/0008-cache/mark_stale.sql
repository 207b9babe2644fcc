-- Marks the streams of positions whose content went or came, and the copies of them in logs that go on from this one; of each of these logs
-- there is another edition then.
create or replace function retold.mark_stale(t bigint, l integer, positions bigint[]) returns void language sql set search_path = pg_catalog as $$
    with recursive heirs(log) as (
        select l union select g.log from heirs h join retold.log g on g.tenant = t and g.parent = h.log
    )
    insert into retold.edition as x (tenant, log, changes) select t, h.log, 1 from heirs h where cardinality(positions) > 0 order by 2
        on conflict (tenant, log) do update set changes = x.changes + 1, secret = excluded.secret;
    insert into retold.stale (tenant, stream) select t, c.stream from unnest(retold.copies_of(t, l, positions)) c(stream) order by 2
        on conflict (tenant, stream) do update set mark = retold.stale.mark + 1, waits_for = null
$$
