delete from projection_skip where name = ?1 and building = ?2
