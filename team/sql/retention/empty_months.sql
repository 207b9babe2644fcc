-- The partitions of months before this one.
select c.relname::text from pg_inherits i join pg_class c on c.oid = i.inhrelid
where i.inhparent = 'retold.body'::regclass and c.relname ~ '^body_[0-9]{4}_[0-9]{2}$'
    and to_date(right(c.relname::text, 7), 'YYYY_MM') < date_trunc('month', current_date) order by 1
