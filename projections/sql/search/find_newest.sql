-- The best of the newest hits: every hit more costs time, whatever its rank.
with hit as materialized (
    select rowid as position, rank as score from search_text(:query) order by rowid desc limit :most
)
select h.position, d.what, d.role, d.agent, s.workspace, s.session_id, s.ordinal, s.type, s.status
from hit h
    join search_document d on d.position = h.position
    join search_session s on s.stream = d.stream
where s.deleted = 0
order by h.score, h.position desc;
