insert into chat_messages/*gen*/ (
    stream, place, id, role, timestamp, instant, instance_id, extra, content_position, content_bytes)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
