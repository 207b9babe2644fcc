select workspace, session_id, ordinal, type, status, lists, stream from search_session where stream = ?1;
