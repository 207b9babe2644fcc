select l.name from pragma_table_list l
where l.schema = ?1 and l.type = 'virtual'
    and exists (select 1 from pragma_table_list r where r.schema = ?2 and r.type = 'virtual' and r.name = l.name)
order by l.name;
