-- Idempotency keys that name no commit of the log.
select k.first
from commit_key k
where not case
    when k.first = 0 then k.last between 0 and coalesce((select max(position) from event), 0)
    else k.first <= k.last
        and exists (select 1 from event where position = k.first and commit_first = k.first)
        and exists (select 1 from event where position = k.last and commit_first = k.first)
end
