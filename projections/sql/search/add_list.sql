insert into search_list (list, texts, places) values (?1, ?2, ?3);
