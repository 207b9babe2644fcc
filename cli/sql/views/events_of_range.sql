select
    position, stream, workspace, workspace_key, session_id, ordinal, revision, type, schema_version, commit_first,
    recorded_at, recorded_instant, occurred_at, occurred_instant, hash, origin, operation, command,
    source_file, source_offset, source_length, body, text
from events
where position > ?1 and position <= ?2
order by position
