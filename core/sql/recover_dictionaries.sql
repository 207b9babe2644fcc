insert into main.dictionary (id, bytes)
select id, bytes from damaged.dictionary where id not in (select id from main.dictionary)
