-- Every event, its body as JSON in the form of today. A body is read where a query asks for it.
create temp view events as
select
    e.position, e.stream, e.revision, t.name as type,
    w.key as workspace, s.session_id, s.ordinal,
    retold_instant(e.occurred_at) as occurred_at, retold_instant(e.recorded_at) as recorded_at,
    e.occurred_at as occurred_micros, e.recorded_at as recorded_micros,
    e.commit_first, e.schema_version, e.body is null as redacted, lower(hex(e.hash)) as hash,
    retold_body(e.position) as body
from main.event e
    left join main.event_type t on t.id = e.type
    left join main.stream s on s.id = e.stream
    left join main.workspace w on w.id = s.workspace;
