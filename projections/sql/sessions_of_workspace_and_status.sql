-- Begins with the sessions of one status in one workspace.
select /*columns*/
from sessions s cross join workspaces w on w.workspace = s.workspace
where s.workspace = (select id from workspace where key = :workspace)
    and s.status = :status
    and (:type is null or s.type = :type)
    and /*filter*/
    and /*page*/
order by /*order*/
limit :limit
