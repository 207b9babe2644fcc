update instances set place = place + ?2 where place >= ?1
