-- For how many of the coming months bodies have a partition, this one among them; and whether some arrived in none.
select count(*), exists (select 1 from retold.body_other)
from generate_series(date_trunc('month', current_date), date_trunc('month', current_date) + interval '60 months', interval '1 month') m(first)
where exists (
    select 1 from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'retold.body'::regclass and c.relname = 'body_' || to_char(m.first, 'YYYY_MM'))
