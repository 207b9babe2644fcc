delete from projection where name = ?1 and building = ?2
