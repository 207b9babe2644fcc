-- Sessions that lost bodies or got some back: 20 and 21 are prunings, 19 is a redaction, which is asked for with ?1.
select distinct s.id, s.session_id
from event e join stream s on s.id = e.stream
where e.type in (20, 21) or (?1 and e.type = 19)
