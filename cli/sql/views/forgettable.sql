-- Sessions with what tells whose they are: where they work, and which files they were read from.
select s.workspace_key, s.id, s.ordinal, s.task, s.cwds, s.worktree, s.files, s.relation, s.parent, w.path
from sessions s left join workspaces w on w.key = s.workspace_key
