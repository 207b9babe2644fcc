-- Instances that ran somewhere at a known time, those of one session or of all.
select i.stream, i.place, i.instance_id, i.worktree_path, i.branch, i.runtime, i.start_instant, i.end_instant, w.key
from instances i join sessions s on s.stream = i.stream join workspaces w on w.workspace = s.workspace
where i.worktree_path is not null and i.start_instant is not null and (:session is null or i.stream = :session)
order by i.start_instant, i.stream, i.place
