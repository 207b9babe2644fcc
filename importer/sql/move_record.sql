update import_record set place = ?5 where source = ?1 and session_id = ?2 and nth = ?3 and ordinal = ?4
