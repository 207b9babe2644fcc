select texts from search_list where list = ?1;
