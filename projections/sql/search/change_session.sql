update search_session set type = coalesce(?2, type), status = coalesce(?3, status), deleted = coalesce(?4, deleted), worktree = coalesce(?5, worktree) where stream = ?1;
