-- Whether nobody reads any more what was deleted before a transaction: of a table, or of the catalog. Null for whoever may not see what
-- others do.
select case when pg_has_role(current_user, 'pg_read_all_stats', 'usage') then not exists (
    select 1 from (
        select a.backend_xmin as xid from pg_stat_activity a
            where a.pid <> pg_backend_pid() and (a.datname is null or a.datname = current_database())
                -- A vacuum looks at no row by its snapshot, and keeps none.
                and not exists (select 1 from pg_stat_progress_vacuum v where v.pid = a.pid)
        union all select a.backend_xid from pg_stat_activity a where a.pid <> pg_backend_pid()
        union all select p.transaction from pg_prepared_xacts p
        union all select s.xmin from pg_replication_slots s
        union all select s.catalog_xmin from pg_replication_slots s where $2
    ) u where age(u.xid) > age($1::text::xid)
) end
