select workspace, session_id, ordinal, type, status, lists from search_session where stream = ?1;
