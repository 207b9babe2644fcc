-- The sessions of one legacy file, in its order.
select s.stream, s.ordinal, s.revision, s.id
from sessions s
where s.workspace = (select id from workspace where key = :workspace) and s.home = :home
order by s.place, s.stream
