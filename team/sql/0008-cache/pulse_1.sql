-- How far the teams of devices are, of those whose token holds: what one who serves asks for all who listen.
create function retold.pulse_1(tenants bigint[], devices integer[], out tenant bigint, out device integer, out ingest bigint, out listed bigint)
    returns setof record stable language plpgsql security definer set search_path = pg_catalog as $$
begin
    return query select d.tenant, d.device, t.ingest, coalesce(c.ingest, 0)
    from unnest(tenants, devices) u(tenant, device)
    join retold.device d on d.tenant = u.tenant and d.device = u.device
    join retold.person p on p.tenant = d.tenant and p.person = d.person
    join retold.tenant t on t.tenant = d.tenant
    left join retold.models m on m.tenant = t.tenant
    left join retold.checkpoint c on c.tenant = t.tenant and c.name = 'sessions' and c.version = m.generation
    where p.disabled_at is null and d.revoked_at is null and (d.expires_at is null or d.expires_at > now());
end $$
