-- Joins go by keys, from the events on, whatever PostgreSQL knows of the tables.
-- The events of a log between two positions, with the names of their streams, for whoever may read the log whole.
create function retold.range_events_1(
    t bigint, l integer, from_position bigint, to_position bigint,
    out "position" bigint, out revision bigint, out type integer, out schema_version integer, out commit_first bigint, out recorded_at bigint, out occurred_at bigint,
    out hash bytea, out body_commit bytea, out meta bytea, out meta_digest bytea, out stream_key bytea, out key bytea, out session_id bytea, out ordinal bigint,
    out codec smallint, out salt bytea, out body bytea
) returns setof record stable language sql security definer set search_path = pg_catalog as $$
    select e.position, e.revision, e.type, e.schema_version, e.commit_first, e.recorded_at, e.occurred_at, e.hash,
        e.body_commit, e.meta, e.meta_digest, s.stream_key, w.key, s.session_id, s.ordinal, b.codec, b.salt, b.body
    from retold.event e
    cross join lateral (select y.stream_key, y.workspace, y.session_id, y.ordinal from retold.stream y where y.tenant = e.tenant and y.stream = e.stream offset 0) s
    left join lateral (select y.key from retold.workspace y where y.tenant = e.tenant and y.workspace = s.workspace offset 0) w on true
    left join lateral (select y.codec, y.salt, y.body from retold.body y where y.tenant = e.tenant and y.log = e.log and y.position = e.position offset 0) b on true
    where e.tenant = t and e.log = l and e.position between from_position and to_position and (select retold.may_read(t, l, 0)) >= 3
    order by e.position
$$
