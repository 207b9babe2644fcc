-- Instances that ran somewhere at a known time, those of one session or of all. A range of streams is one of the primary key; a
-- condition that holds for every one of them would not be.
select i.stream, i.place, i.instance_id, i.worktree_path, i.branch, i.runtime, i.start_instant, i.end_instant, w.key
from instances i cross join sessions s on s.stream = i.stream join workspaces w on w.workspace = s.workspace
where i.worktree_path is not null and i.start_instant is not null
    and i.stream between coalesce(:session, -9223372036854775808) and coalesce(:session, 9223372036854775807)
order by i.start_instant, i.stream, i.place
