select id from workspace where key = ?1
