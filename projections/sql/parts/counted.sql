-- What the counters say of sessions by status and type.
select status, type, sum(count)
from /*counters*/
where (:workspace is null or workspace = (select id from workspace where key = :workspace))
    and (:status is null or status = :status)
    and (:type is null or type = :type)
group by status, type
