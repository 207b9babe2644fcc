insert into chat_messages/*gen*/ (
    stream, place, id, role, timestamp, instant, instance_id, extra, content_position, content_bytes)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
