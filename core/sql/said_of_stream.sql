-- What was said and written in a session, as far as it is there: is_said in event/kind.rs.
select position, type, codec, salt, body
from event where stream = ?1 and type in (11, 12, 15, 16) and body is not null order by revision
