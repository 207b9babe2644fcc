select l.name from pragma_table_list l
where l.schema = 'main' and l.type = 'virtual'
    and exists (select 1 from pragma_table_list r where r.schema = 'other' and r.type = 'virtual' and r.name = l.name)
order by l.name;
