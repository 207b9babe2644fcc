update messages set place = place + ?2 where place >= ?1
