-- Tables of which PostgreSQL has taken no statistics.
select c.relname::text from pg_class c join pg_stat_user_tables s on s.relid = c.oid
where c.relnamespace = 'retold'::regnamespace and s.n_live_tup >= $1 and s.last_analyze is null and s.last_autoanalyze is null order by 1
