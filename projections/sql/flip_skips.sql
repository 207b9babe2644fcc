update projection_skip set building = 0 where name = ?1 and building = 1
