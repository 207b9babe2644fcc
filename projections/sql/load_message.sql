select id, role, timestamp, instance_id, extra, content_position, content_bytes
from chat_messages/*gen*/ where stream = ?1 and place = ?2
