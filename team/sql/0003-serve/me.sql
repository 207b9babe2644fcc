-- Who calls. The role that connected says it; where that role is a server's, the device that the transaction names does, and has to be
-- one whose token holds now. What any other role names is not read: a setting can be set by anybody.
create or replace function retold.me(out tenant bigint, out person integer) stable language plpgsql security definer set search_path = pg_catalog as $$
declare named text := current_setting('retold.person', true); parts text[];
begin
    if coalesce(named, '') <> '' and pg_has_role(session_user, 'retold_server', 'member') then
        parts := regexp_match(named, '^([0-9]{1,18})-([0-9]{1,9})-([0-9]{1,9})$');
        select d.tenant, d.person into tenant, person from retold.device d
            join retold.person p on p.tenant = d.tenant and p.person = d.person
            where d.tenant = parts[1]::bigint and d.person = parts[2]::integer and d.device = parts[3]::integer
            and p.disabled_at is null and d.revoked_at is null and (d.expires_at is null or d.expires_at > now());
        return;
    end if;
    select p.tenant, p.person into tenant, person from retold.person p where p.role = session_user and p.disabled_at is null limit 1;
end $$
