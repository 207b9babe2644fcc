insert into search_page (page, first, data) values (?1, ?2, ?3);
