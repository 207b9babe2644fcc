select generation from projection where name = ?1 and building = 0
