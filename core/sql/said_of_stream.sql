-- What was said and written in a session, as far as it is there: EventType::is_content says which bodies are.
select position, type, codec, salt, body
from event where stream = ?1 and type not in (/*structure*/) and body is not null order by revision
