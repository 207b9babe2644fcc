insert into messages (place, id, role, timestamp, instance_id, extra, text_or_blob, content_bytes)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
