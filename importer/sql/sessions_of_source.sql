select session_id, nth, ordinal from import_record where source = ?1 order by session_id, nth
