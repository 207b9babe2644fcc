delete from blob where hash = ?1
