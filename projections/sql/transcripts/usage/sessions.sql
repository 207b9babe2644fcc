select stream, workspace, workspace_key, id, coalesce(relation, ''), parent, spawned_by, task, cwds, partial from sessions
