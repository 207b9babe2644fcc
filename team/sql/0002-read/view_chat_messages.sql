-- The rows of sessions that the reader may see.
create view retold_read.chat_messages with (security_invoker = true) as
select t.log, t.stream, t.place, t.id, t.role, t.timestamp, t.instant, t.instance_id, t.extra, t.content_position, t.content_bytes
from retold.chat_messages t where t.generation = (select retold.my_generation())
