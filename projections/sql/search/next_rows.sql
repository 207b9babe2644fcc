select coalesce((select max(page) from search_page), 0) + 1, coalesce((select max(list) from search_list), 0) + 1;
