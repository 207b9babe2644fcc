-- The edition of a log and of those that it goes on from, whose events are its own: how often something changed in any of them, and the
-- secret of all; null where one has none yet.
create function retold.edition_of(t bigint, l integer, out changes bigint, out secret bytea) stable language plpgsql set search_path = pg_catalog as $$
declare at integer := l; one record; secrets bytea := '';
begin
    changes := 0;
    while at is not null loop
        select g.log, g.parent, x.changes, x.secret into one from retold.log g
            left join retold.edition x on x.tenant = g.tenant and x.log = g.log where g.tenant = t and g.log = at;
        changes := changes + coalesce(one.changes, 0);
        secrets := secrets || one.secret;
        at := one.parent;
    end loop;
    secret := sha256(secrets);
end $$
