-- Locks a log until the transaction ends, and returns what the next events of a shipment that begins at `first` go on from: the log's
-- id, its head, and for each of `keys` and `revisions`, in their order, of the streams of this log and of those that it goes on from:
-- the last event of the stream up to the revision, with its position and hash; how many positions between it and the shipment were held
-- back, where it is not that revision; and the position of the event after the revision, null where there is none. Nothing where the log
-- is not the caller's.
create function retold.before_2(t bigint, l integer, first bigint, keys bytea[], revisions bigint[], out log_id bytea, out head bigint, out head_hash bytea, out lasts bigint[], out positions bigint[], out hashes bytea[], out held_back bigint[], out nexts bigint[])
    language plpgsql security definer set search_path = pg_catalog set lock_timeout = '2s' as $$
#variable_conflict use_variable
declare g record;
begin
    if retold.may_ship(t, l) is null then return; end if;
    select x.log_id, x.head, x.head_hash into g from retold.log x where x.tenant = t and x.log = l for update;
    log_id := g.log_id; head := g.head; head_hash := g.head_hash;
    with recursive logs(log, until) as (
        select l, 9223372036854775807
        union all select x.parent, least(x.parent_until, y.until) from logs y join retold.log x on x.tenant = t and x.log = y.log where x.parent is not null
    )
    select array_agg(coalesce(k.revision, 0) order by u.o), array_agg(coalesce(k.position, 0) order by u.o), array_agg(k.hash order by u.o), array_agg(coalesce(h.positions, 0) order by u.o), array_agg(n.position order by u.o)
        into lasts, positions, hashes, held_back, nexts from unnest(keys, revisions) with ordinality u(key, revision, o)
        left join lateral (
            select e.* from logs y join retold.stream s on s.tenant = t and s.log = y.log and s.stream_key = u.key
            cross join lateral (
                select e.revision, e.position, e.hash from retold.event e
                where e.tenant = t and e.stream = s.stream and e.revision <= u.revision and e.position <= y.until order by e.revision desc limit 1
            ) e order by e.revision desc limit 1
        ) k on true
        left join lateral (
            select e.* from logs y join retold.stream s on s.tenant = t and s.log = y.log and s.stream_key = u.key
            cross join lateral (
                select e.revision, e.position from retold.event e
                where e.tenant = t and e.stream = s.stream and e.revision > u.revision and e.position <= y.until order by e.revision limit 1
            ) e order by e.revision limit 1
        ) n on true
        left join lateral (
            select sum(least(a.last, y.until, first - 1) - greatest(a.first, coalesce(k.position, 0) + 1) + 1)::bigint as positions
            from logs y join retold.absent a on a.tenant = t and a.log = y.log
            where coalesce(k.revision, 0) < u.revision and a.last > coalesce(k.position, 0) and a.first <= least(y.until, first - 1)
        ) h on true;
end $$
