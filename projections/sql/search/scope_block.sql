select data from search_scope_block where block = ?1;
