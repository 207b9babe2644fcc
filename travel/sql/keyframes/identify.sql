insert into log (only, id, redactions) values (1, ?1, ?2)
