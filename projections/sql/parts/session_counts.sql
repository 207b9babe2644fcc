-- Counts sessions by status and type. Looks at the rows that may be meant, and at no text but those searched.
select s.status, s.type, count(*)
from sessions s
where /*conditions*/
group by s.status, s.type
