insert into temp.checked (id) select id from stream
