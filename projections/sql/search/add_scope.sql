insert into search_scope (workspace, type, status, deleted, lists, worktree) select workspace, type, status, deleted, lists, worktree from search_session where stream = ?1 on conflict do nothing;
