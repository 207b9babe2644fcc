-- The partitions that have bodies of a log from before a day.
select distinct c.relname::text from retold.body b join pg_class c on c.oid = b.tableoid
where b.tenant = $1 and b.log = $2 and b.received < $3::text::date and b.received > '-infinity'
