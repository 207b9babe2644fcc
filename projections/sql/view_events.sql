-- The log, an event a row, for people. The hash is in hexadecimal; *_at is RFC 3339 in UTC with six digits of fraction,
-- so that the order of the texts is that of time; *_instant is microseconds since 1970. What a row tells of its commit
-- is on the commit's first event. Joins and functions are left out where their columns are not asked for.
create temp view events as
select
    e.position, e.stream, s.workspace, w.key as workspace_key, s.session_id, s.ordinal, e.revision,
    t.name as type, e.schema_version, e.commit_first,
    retold_time(e.recorded_at) as recorded_at, e.recorded_at as recorded_instant,
    retold_time(e.occurred_at) as occurred_at, e.occurred_at as occurred_instant,
    lower(hex(e.hash)) as hash,
    case when c.position is not null then coalesce(retold_meta(c.position, c.meta, 'origin'), 'application') end as origin,
    retold_meta(c.position, c.meta, 'operation') as operation,
    retold_meta(c.position, c.meta, 'command') as command,
    retold_meta(c.position, c.meta, 'file') as source_file,
    cast(retold_meta(c.position, c.meta, 'offset') as integer) as source_offset,
    cast(retold_meta(c.position, c.meta, 'length') as integer) as source_length,
    retold_body(e.position, e.type, e.schema_version, e.codec, e.body) as body,
    case when e.body is not null then retold_text(e.position) end as text
from main.event e
left join main.stream s on s.id = e.stream
left join main.workspace w on w.id = s.workspace
left join main.event_type t on t.id = e.type
left join main.event c on c.position = e.commit_first
