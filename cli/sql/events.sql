-- What a condition is about.
with events as (
    select
        e.position, e.stream, w.key as workspace, s.session_id, s.ordinal, e.revision, t.name as type,
        e.recorded_at, e.occurred_at
    from event e
        join stream s on s.id = e.stream
        join workspace w on w.id = s.workspace
        join event_type t on t.id = e.type
)
select position from events
