insert into search_scope (workspace, type, status, deleted, lists) select workspace, type, status, deleted, lists from search_session where stream = ?1 on conflict do nothing;
