-- What is measured of the tables: a name, what it is of, and a number. No names of persons, workspaces or sessions.
create or replace function retold.figures_1() returns table (name text, what text, value double precision) stable language sql security definer set search_path = pg_catalog as $$
    select 'ingest_position', t.tenant::text, t.ingest::double precision from retold.tenant t
    union all select 'logs', s.name, count(g.log)::double precision
        from (values (0, 'live'), (1, 'superseded'), (2, 'diverged'), (3, 'retired')) s(state, name) left join retold.log g on g.state = s.state group by s.name
    union all select 'body_partitions', '', count(*)::double precision from pg_inherits i where i.inhparent = 'retold.body'::regclass
    union all select 'redactions_pending', '', count(distinct r.part)::double precision from retold.residue r where r.redacted > 0
    union all select 'bytes', coalesce(p.relname, c.relname)::text, sum(pg_total_relation_size(c.oid))::double precision
        from pg_class c left join pg_inherits i on i.inhrelid = c.oid left join pg_class p on p.oid = i.inhparent
        where c.relnamespace = 'retold'::regnamespace and c.relkind = 'r' group by 2
    union all select 'clock_skew_seconds', g.tenant || '-' || g.log, extract(epoch from g.skew)::double precision from retold.log g where g.skew is not null
    union all select 'verified_lag_events', t.tenant::text, coalesce(sum(g.head - g.verified), 0)::double precision
        from retold.tenant t left join retold.log g on g.tenant = t.tenant group by t.tenant
    union all select 'projection_lag_shipments', l.tenant::text, (l.ingest - l.listed)::double precision
        from (select t.tenant, t.ingest, coalesce(c.ingest, 0) as listed from retold.tenant t
            left join retold.models m on m.tenant = t.tenant
            left join retold.checkpoint c on c.tenant = t.tenant and c.name = 'sessions' and c.version = m.generation) l
    union all select 'projection_lag_seconds', t.tenant::text, coalesce(extract(epoch from clock_timestamp() - (
            select s.received_at from retold.shipment s where s.tenant = t.tenant and s.ingest > coalesce(c.ingest, 0) order by s.ingest limit 1)), 0)::double precision
        from retold.tenant t
        left join retold.models m on m.tenant = t.tenant
        left join retold.checkpoint c on c.tenant = t.tenant and c.name = 'sessions' and c.version = m.generation
$$
