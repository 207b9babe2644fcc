-- Begins with the sessions of one type.
select /*columns*/
from sessions s cross join workspaces w on w.workspace = s.workspace
where s.type = :type
    and (:workspace is null or w.key = :workspace)
    and (:status is null or s.status = :status)
    and /*filter*/
    and /*page*/
order by /*order*/
limit :limit
