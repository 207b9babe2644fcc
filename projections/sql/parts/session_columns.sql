s.stream, s.workspace, s.id, s.ordinal, s.type, s.task, s.status, s.created_at, s.updated_at, s.completed_at,
    s.winner_id, s.total_duration, s.total_files_changed, s.instance_count, s.message_count, s.latest_instance_status,
    s.position, s.revision, /*key*/, /*records*/
