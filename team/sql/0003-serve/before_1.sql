-- Locks a log until the transaction ends, and returns what the hashes of its next events go on from: its id, its head, and of streams, by
-- key, the hash at a revision, which may be in a log that this one goes on from; null where it is not there. Nothing where the log is
-- not the caller's.
create function retold.before_1(t bigint, l integer, keys bytea[], revisions bigint[], out log_id bytea, out head bigint, out head_hash bytea, out hashes bytea[])
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
    select array_agg(k.hash order by u.o) into hashes from unnest(keys, revisions) with ordinality u(key, revision, o)
        left join lateral (
            select e.hash from logs y join retold.stream s on s.tenant = t and s.log = y.log and s.stream_key = u.key
            join retold.event e on e.tenant = t and e.stream = s.stream and e.revision = u.revision and e.position <= y.until limit 1
        ) k on true;
end $$
