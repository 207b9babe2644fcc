-- The events of some types of a stream, for whoever may read it whole: what its agents are called is in few of them.
create function retold.stream_types_1(
    t bigint, l integer, of_key bytea, types integer[],
    out stream bigint, out "position" bigint, out revision bigint, out type integer, out schema_version integer, out commit_first bigint,
    out recorded_at bigint, out occurred_at bigint, out hash bytea, out body_commit bytea, out codec smallint, out salt bytea, out body bytea,
    out why smallint, out by_position bigint
) returns setof record stable language sql security definer set search_path = pg_catalog as $$
    select e.stream, e.position, e.revision::bigint, e.type::integer, e.schema_version::integer, e.commit_first, e.recorded_at, e.occurred_at,
        e.hash, e.body_commit, b.codec, b.salt, b.body, x.why, x.by_position
    from retold.stream s join retold.event e on e.tenant = s.tenant and e.stream = s.stream
    left join lateral (select y.codec, y.salt, y.body from retold.body y where y.tenant = e.tenant and y.log = e.log and y.position = e.position offset 0) b on true
    left join lateral (select y.why, y.by_position from retold.gone y where y.tenant = e.tenant and y.log = e.log and y.position = e.position offset 0) x on true
    where s.tenant = t and s.log = l and s.stream_key = of_key and e.type = any (types) and retold.may_read(s.tenant, s.log, s.workspace) >= 3
    order by e.revision
$$
