select scope from search_scope join search_session using (workspace, type, status, deleted, lists, worktree) where stream = ?1;
