-- How large tables are, with their indexes; partitions together.
select coalesce(p.relname, c.relname)::text, sum(pg_total_relation_size(c.oid))::bigint
from pg_class c left join pg_inherits i on i.inhrelid = c.oid left join pg_class p on p.oid = i.inhparent
where c.relnamespace = 'retold'::regnamespace and c.relkind = 'r' group by 1 order by 2 desc, 1
