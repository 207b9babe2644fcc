select scope, workspace, type, status, deleted, lists from search_scope where scope > ?1;
