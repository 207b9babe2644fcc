-- Some session records at random.
insert into temp.checked (id) select id from stream where ordinal > 0 order by random() limit ?1
