alter table retold.stream add constraint session_id_is_text check (session_id is null or retold.is_text(session_id))
