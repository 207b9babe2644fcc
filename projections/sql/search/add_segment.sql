insert into search_segment (segment, texts, first_page, last_page, first_list, last_list) values (?1, ?2, ?3, ?4, ?5, ?6);
