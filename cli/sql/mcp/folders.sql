-- The folders that sessions worked in, as a JSON array each.
select s.stream, w.path, s.cwds, s.worktree
from sessions s left join workspaces w on w.key = s.workspace_key
where :tool is null or s.workspace_key = :tool
