-- The same, with a secret for each of those logs: for who serves, alone, and who goes on without where somebody else is at work on one.
create function retold.edition_1(t bigint, l integer, out changes bigint, out secret bytea) language plpgsql security definer set search_path = pg_catalog set lock_timeout = '50ms' as $$
declare at integer := l;
begin
    select x.changes, x.secret into changes, secret from retold.edition_of(t, l) x;
    while secret is null and at is not null loop
        insert into retold.edition (tenant, log) select g.tenant, g.log from retold.log g where g.tenant = t and g.log = at on conflict do nothing;
        at := (select g.parent from retold.log g where g.tenant = t and g.log = at);
    end loop;
    select x.changes, x.secret into changes, secret from retold.edition_of(t, l) x;
end $$
