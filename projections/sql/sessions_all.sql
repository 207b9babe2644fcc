-- Walks the index of the order; the rest is looked at row by row.
select /*columns*/
from sessions s cross join workspaces w on w.workspace = s.workspace
where :workspace is null
    and (:status is null or s.status = :status)
    and (:type is null or s.type = :type)
    and /*filter*/
    and /*page*/
order by /*order*/
limit :limit
