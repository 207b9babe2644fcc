select first from search_page where page = ?1;
