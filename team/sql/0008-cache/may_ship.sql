-- Returns the device of a log that the caller may ship to; null where it is not there, or not the caller's: one answer for both. Its plan
-- is kept by the connection, as that of a function in SQL is not.
create or replace function retold.may_ship(t bigint, l integer) returns integer stable language plpgsql security definer set search_path = pg_catalog as $$
begin
    return (
        select d.device from retold.me() m
        join retold.log g on g.tenant = m.tenant and g.log = l
        join retold.device d on d.tenant = g.tenant and d.device = g.device and d.person = m.person
        where m.tenant = t and d.revoked_at is null and (d.expires_at is null or d.expires_at > now()) and d.scopes & 1 = 1 and g.state < 3
    );
end $$
