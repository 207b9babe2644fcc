-- Tables that a reader may read with no policy on them, or whose policies are off.
select c.relname::text from pg_class c
where c.relnamespace = 'retold'::regnamespace and c.relkind in ('r', 'p') and not c.relrowsecurity
    and has_table_privilege('retold_reader', c.oid, 'select') order by 1
