-- Begins with the sessions of one workspace, which stand in file order already.
select /*columns*/
from sessions s cross join workspaces w on w.workspace = s.workspace
where s.workspace = (select id from workspace where key = :workspace)
    and (:status is null or s.status = :status)
    and (:type is null or s.type = :type)
    and /*filter*/
    and /*page*/
order by /*order*/
limit :limit
