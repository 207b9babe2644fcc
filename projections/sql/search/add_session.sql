insert into search_session (stream, workspace, session_id, ordinal, type, status, deleted, lists, worktree)
values (?1, ?2, ?3, ?4, ?5, ?6, 0, '{}', '') on conflict (stream) do nothing;
