update sessions
set updated_at = ?2, updated_instant = ?3, instance_count = ?4, message_count = ?5, latest_instance_status = ?6,
    position = ?7, revision = ?8
where stream = ?1
