-- The sessions of one id in one legacy file, the first one first. Ids are nearly unique, so their index goes first.
select s.stream, s.ordinal, s.revision
from sessions s
where s.id = :id
    and +s.workspace = (select id from workspace where key = :workspace)
    and s.home = :workspace
order by +s.place, s.stream
