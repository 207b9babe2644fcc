select /*columns*/
from sessions s
where /*conditions*/
order by /*order*/
limit :limit
