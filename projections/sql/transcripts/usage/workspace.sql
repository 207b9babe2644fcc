select id from main.workspace where key = ?1
