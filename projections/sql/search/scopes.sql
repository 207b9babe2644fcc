select scope, workspace, type, status, deleted, lists, worktree from search_scope where scope > ?1;
