select nth, ordinal from import_record where source = ?1 and session_id = ?2 and nth <> ?3
