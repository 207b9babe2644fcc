-- How the logs are: of a reader those of the team, of whoever may read everything all of them.
create function retold.status_1(
    out tenant bigint, out log integer, out log_id bytea, out person text, out device text, out head bigint, out level smallint, out whole boolean, out state smallint,
    out seen_at timestamptz, out skew_seconds double precision, out ingest bigint, out listed bigint, out stale bigint
) returns setof record stable language sql security definer set search_path = pg_catalog as $$
    select g.tenant, g.log, g.log_id, p.name, d.name, g.head, g.level, g.whole, g.state, g.seen_at, extract(epoch from g.skew)::double precision,
        t.ingest, coalesce(c.ingest, 0), (select count(*) from retold.stale s where s.tenant = g.tenant)
    from retold.log g join retold.tenant t on t.tenant = g.tenant
    join retold.device d on d.tenant = g.tenant and d.device = g.device
    join retold.person p on p.tenant = d.tenant and p.person = d.person
    left join retold.models m on m.tenant = g.tenant
    left join retold.checkpoint c on c.tenant = g.tenant and c.name = 'sessions' and c.version = m.generation
    where pg_has_role(session_user, 'retold_worker', 'member') or g.tenant = (select m.tenant from retold.me() m)
    order by g.tenant, g.log
$$
