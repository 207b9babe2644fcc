insert into sessions/*gen*/ (
    stream, workspace, id, ordinal, home, place, type, task, status, created_at, updated_at, completed_at,
    created_instant, updated_instant, completed_instant, model, timeout_seconds, preserve_worktrees, winner_id,
    runtime_mix, total_duration, total_files_changed, total_lines_added, total_lines_deleted, extra,
    instance_count, message_count, latest_instance_status, position, revision)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24,
    ?25, ?26, ?27, ?28, ?29, ?30)
on conflict (stream) do update set
    id = excluded.id, home = excluded.home, place = excluded.place, type = excluded.type, task = excluded.task,
    status = excluded.status, created_at = excluded.created_at, updated_at = excluded.updated_at,
    completed_at = excluded.completed_at, created_instant = excluded.created_instant,
    updated_instant = excluded.updated_instant, completed_instant = excluded.completed_instant,
    model = excluded.model, timeout_seconds = excluded.timeout_seconds,
    preserve_worktrees = excluded.preserve_worktrees, winner_id = excluded.winner_id,
    runtime_mix = excluded.runtime_mix, total_duration = excluded.total_duration,
    total_files_changed = excluded.total_files_changed, total_lines_added = excluded.total_lines_added,
    total_lines_deleted = excluded.total_lines_deleted, extra = excluded.extra,
    instance_count = excluded.instance_count, message_count = excluded.message_count,
    latest_instance_status = excluded.latest_instance_status, position = excluded.position,
    revision = excluded.revision
