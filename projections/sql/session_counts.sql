-- Counts sessions by status and type. Looks at every session of the workspace, and at no text but those searched.
select s.status, s.type, count(*)
from sessions s
where (:workspace is null or s.workspace = (select id from workspace where key = :workspace))
    and (:status is null or s.status = :status)
    and (:type is null or s.type = :type)
    and /*filter*/
group by s.status, s.type
