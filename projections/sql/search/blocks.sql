select block from search_block where stamp > ?1;
