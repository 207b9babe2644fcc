-- Of a virtual table the rows are what it makes of others: it is compared in a way of its own.
select l.name from pragma_table_list l
where l.schema = ?1 and l.type = 'table' and l.name not like 'retold\_%' escape '\' and l.name not like 'sqlite\_%' escape '\'
    and exists (select 1 from pragma_table_list r where r.schema = ?2 and r.type = 'table' and r.name = l.name)
order by l.name;
