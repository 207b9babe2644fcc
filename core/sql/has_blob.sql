select 1 from blob where hash = ?1
