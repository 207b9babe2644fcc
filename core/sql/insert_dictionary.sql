insert into dictionary (id, bytes) select max(id) + 1, ?1 from dictionary returning id
