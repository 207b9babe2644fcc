select /*columns*/
from sessions s cross join workspaces w on w.workspace = s.workspace
where /*conditions*/
order by /*order*/
limit :limit
