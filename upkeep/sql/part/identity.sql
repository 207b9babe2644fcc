update log set id = ?1, format = ?2, created_at = ?3
