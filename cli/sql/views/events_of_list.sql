-- The events at the positions of a list, ?1, in its order: a cross join is never turned around.
select
    e.position, e.stream, e.workspace, e.workspace_key, e.session_id, e.ordinal, e.revision, e.type,
    e.schema_version, e.commit_first, e.recorded_at, e.recorded_instant, e.occurred_at, e.occurred_instant,
    e.hash, e.origin, e.operation, e.command, e.source_file, e.source_offset, e.source_length, e.body,
    e.text
from json_each(?1) listed cross join events e on e.position = listed.value
