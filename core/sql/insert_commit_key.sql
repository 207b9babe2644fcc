insert into commit_key (key, first, last) values (?1, ?2, ?3)
