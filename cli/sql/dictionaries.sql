select cast(id as text), (select count(*) from event where codec = d.id), length(bytes) from dictionary d order by id
