-- No body is read.
select position, revision, type, body is null
from event where stream = ?1 and revision > ?2 and position <= ?3 order by revision limit ?4
