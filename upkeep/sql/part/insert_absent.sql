insert into absent (first, last, hash) values (?1, ?2, ?3)
