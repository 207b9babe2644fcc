-- The join is left out where workspace_key is not asked for.
create temp view sessions as
select
    s.stream, s.workspace, s.id, s.ordinal, s.home, s.place, s.type, s.task, s.status, s.created_at,
    s.updated_at, s.completed_at, s.created_instant, s.updated_instant, s.completed_instant, s.model,
    s.timeout_seconds, s.preserve_worktrees, s.winner_id, s.runtime_mix, s.total_duration,
    s.total_files_changed, s.total_lines_added, s.total_lines_deleted, retold_json(s.extra) as extra, s.instance_count,
    s.message_count, s.latest_instance_status, s.position, s.revision,
    w.key as workspace_key
from main.sessions s left join main.workspaces w on w.workspace = s.workspace;
