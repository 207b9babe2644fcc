-- Tokens that hold now, and end before a time.
select d.device, p.name, d.name, (extract(epoch from d.expires_at) * 1000000)::bigint, d.tenant
from retold.device d join retold.person p on p.tenant = d.tenant and p.person = d.person
where d.tenant = any ($1) and d.token_sha256 is not null and d.revoked_at is null and p.disabled_at is null
    and d.expires_at > now() and d.expires_at < now() + $2::bigint * interval '1 day'
order by d.expires_at
