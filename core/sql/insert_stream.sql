insert into stream (id, workspace, session_id, ordinal) values (?1, ?2, ?3, ?4)
