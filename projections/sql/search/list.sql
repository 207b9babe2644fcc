select texts, places from search_list where list = ?1;
