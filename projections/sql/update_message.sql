update chat_messages/*gen*/
set id = ?3, role = ?4, timestamp = ?5, instant = ?6, instance_id = ?7, extra = ?8, content_position = ?9,
    content_bytes = ?10
where stream = ?1 and place = ?2
