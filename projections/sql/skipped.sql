select position, reason from projection_skip where name = ?1 and building = 0 order by position
