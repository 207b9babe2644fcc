-- The edition of a log, and its secret: for who serves, alone.
create function retold.edition_1(t bigint, l integer, out changes bigint, out secret bytea) language plpgsql security definer set search_path = pg_catalog as $$
begin
    select x.changes, x.secret into changes, secret from retold.edition x where x.tenant = t and x.log = l;
    if secret is null then
        insert into retold.edition (tenant, log) select g.tenant, g.log from retold.log g where g.tenant = t and g.log = l on conflict do nothing;
        select x.changes, x.secret into changes, secret from retold.edition x where x.tenant = t and x.log = l;
    end if;
end $$
