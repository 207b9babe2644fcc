-- What a key was used for, and whether that is in the log: its first event begins a commit that its last one belongs to; a
-- write that changed nothing has no first event, and was decided on a log that has grown since.
select k.first, k.last, k.stream, k.command, k.digest,
    case
        when k.first = 0 then k.last between 0 and coalesce((select max(position) from event), 0)
        else k.first <= k.last
            and exists (select 1 from event where position = k.first and commit_first = k.first)
            and exists (select 1 from event where position = k.last and commit_first = k.first)
    end
from commit_key k
where k.key = ?1
