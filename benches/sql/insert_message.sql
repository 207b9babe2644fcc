insert into chat_messages (
    stream, place, id, role, timestamp, instant, instance_id, extra, content_position, content_bytes)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, null, ?8, ?9)
