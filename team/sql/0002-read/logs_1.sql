-- The logs of the caller's team, parents before those that go on from them; of all teams for whoever may read everything.
create function retold.logs_1(
    out tenant bigint, out log integer, out log_id bytea, out head bigint, out head_hash bytea, out parent integer, out parent_until bigint, out parent_hash bytea
) returns setof record stable language sql security definer set search_path = pg_catalog as $$
    select g.tenant, g.log, g.log_id, g.head, g.head_hash, g.parent, g.parent_until, k.hash
    from retold.log g left join lateral (
        select e.hash from retold.event e where e.tenant = g.tenant and e.log = g.parent and e.position = g.parent_until
        union all select a.hash_at_last from retold.absent a where a.tenant = g.tenant and a.log = g.parent and a.last = g.parent_until
    ) k on true
    where pg_has_role(session_user, 'retold_worker', 'member') or g.tenant = (select m.tenant from retold.me() m)
    order by g.tenant, g.parent_until, g.log
$$
