select workspace, id, ordinal, home, place, type, task, status, created_at, updated_at, completed_at, model,
    timeout_seconds, preserve_worktrees, winner_id, runtime_mix, total_duration, total_files_changed,
    total_lines_added, total_lines_deleted, extra, message_count, position, revision
from sessions/*gen*/ where stream = ?1
