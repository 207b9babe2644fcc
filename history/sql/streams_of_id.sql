-- Every record of an id in a workspace, deleted ones too.
select s.id, s.ordinal, (select revision from event where stream = s.id order by revision desc limit 1)
from stream s
where s.workspace = (select id from workspace where key = :workspace) and s.session_id = :id
order by s.ordinal
