-- How long the oldest transaction of the database has run, in seconds, and whose it is; those that were prepared among them.
select u.who, u.seconds from (
    select coalesce(a.usename::text, a.backend_type) || ', process ' || a.pid as who, extract(epoch from clock_timestamp() - a.xact_start)::double precision as seconds
    from pg_stat_activity a where a.datname = current_database() and a.pid <> pg_backend_pid() and a.xact_start is not null
    union all select p.owner || ', prepared as ' || p.gid, extract(epoch from clock_timestamp() - p.prepared)::double precision
    from pg_prepared_xacts p where p.database = current_database()
) u order by u.seconds desc limit 1
