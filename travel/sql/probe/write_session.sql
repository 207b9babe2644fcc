insert or replace into session (
    only, id, type, task, status, created_at, updated_at, completed_at, model, timeout_seconds, preserve_worktrees,
    winner_id, runtime_mix, total_duration, total_files_changed, total_lines_added, total_lines_deleted, extra, place,
    home, deleted, instance_count, message_count
)
values (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)
