insert into dictionary (id, bytes)
select max(id) + 1, ?1 from (select id from dictionary union all select dictionary from repack) returning id
