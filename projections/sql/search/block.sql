select data from search_block where block = ?1;
