update log set id = ?1
