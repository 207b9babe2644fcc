select data from search_page where page = ?1;
