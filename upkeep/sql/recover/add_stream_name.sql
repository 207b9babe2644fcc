insert or ignore into temp.stream_name (stream, workspace, session_id, ordinal)
select ?1, ?2, ?3, ?4 where (select count(*) from temp.stream_name where stream = ?1) < ?5
