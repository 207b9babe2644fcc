select stream, id, relation, parent, spawned_by, nullif(task, ''), cwds, branches, worktree, created_instant, updated_instant,
    status, inferred, partial, models, versions, files, details, instance_count
from sessions where type = 'transcript' and workspace_key = ?1 order by id
