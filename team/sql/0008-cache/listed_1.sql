-- Up to which shipment the lists of the caller's team are, of how many, and how many sessions wait to be made again; of whoever may read
-- everything the furthest of all teams.
create function retold.listed_1(out ingest bigint, out listed bigint, out stale bigint) stable language plpgsql security definer set search_path = pg_catalog as $$
begin
    select coalesce(max(t.ingest), 0), coalesce(max(c.ingest), 0), coalesce(max((select count(*) from retold.stale s where s.tenant = t.tenant)), 0)
    into ingest, listed, stale
    from retold.tenant t
    left join retold.models m on m.tenant = t.tenant
    left join retold.checkpoint c on c.tenant = t.tenant and c.name = 'sessions' and c.version = m.generation
    where pg_has_role(session_user, 'retold_worker', 'member') or t.tenant = (select m.tenant from retold.me() m);
end $$
