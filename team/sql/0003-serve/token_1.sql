-- The token of a device, as its digest; nothing where the device is not there, or its token does not hold: one answer for all of these.
create function retold.token_1(t bigint, d integer, out person integer, out device_name text, out token_sha256 bytea, out scopes smallint, out expires_at timestamptz)
    stable language sql security definer set search_path = pg_catalog as $$
    select x.person, x.name, x.token_sha256, x.scopes, x.expires_at from retold.device x
    join retold.person p on p.tenant = x.tenant and p.person = x.person
    where x.tenant = t and x.device = d and p.disabled_at is null and x.revoked_at is null and (x.expires_at is null or x.expires_at > now())
$$
