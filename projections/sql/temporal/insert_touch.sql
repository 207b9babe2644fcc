insert into touch
    (stream, position, happened, revision, instance_count, message_count, updated_instant, updated_at)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
