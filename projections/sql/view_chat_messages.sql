create temp view chat_messages as
select
    m.stream, m.place, m.id, m.role, m.timestamp, m.instant, m.instance_id, retold_json(m.extra) as extra, m.content_position,
    m.content_bytes,
    retold_text(m.content_position) as content
from main.chat_messages m;
