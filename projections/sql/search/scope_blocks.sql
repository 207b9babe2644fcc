select block, data from search_scope_block where stamp > ?1;
