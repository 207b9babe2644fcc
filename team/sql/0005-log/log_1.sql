-- The events of shipments, in their order, of the sessions that the caller sees in lists; after a position of the first shipment. Their bodies
-- and metas for whoever may read the session whole.
create function retold.log_1(
    from_ingest bigint, to_ingest bigint, after_position bigint, types integer[], at_most integer,
    out stream bigint, out "position" bigint, out revision bigint, out type integer, out schema_version integer, out commit_first bigint,
    out recorded_at bigint, out occurred_at bigint, out hash bytea, out body_commit bytea, out codec smallint, out salt bytea, out body bytea,
    out why smallint, out by_position bigint, out ingest bigint, out log integer, out log_id bytea, out stream_key bytea, out workspace_key bytea,
    out session_id bytea, out ordinal bigint, out tenant bigint, out meta bytea
) returns setof record stable language plpgsql security definer set search_path = pg_catalog as $$
#variable_conflict use_column
declare
    v_tenant bigint := retold.my_tenant(); v_logs integer[] := retold.my_logs();
    v_listed bigint[] := retold.my_workspaces(); v_whole bigint[] := retold.my_whole_workspaces();
begin
    return query
    select e.stream, e.position, e.revision::bigint, e.type::integer, e.schema_version::integer, e.commit_first, e.recorded_at, e.occurred_at,
        e.hash, e.body_commit, b.codec, b.salt, b.body, x.why, x.by_position, p.ingest, p.log, g.log_id, s.stream_key, w.key, s.session_id,
        s.ordinal::bigint, p.tenant, case when k.is_whole then e.meta end
    from retold.shipment p
    join retold.log g on g.tenant = p.tenant and g.log = p.log
    cross join lateral (select y.* from retold.event y where y.tenant = p.tenant and y.log = p.log and y.position between p.first and p.last offset 0) e
    cross join lateral (select y.stream_key, y.workspace, y.session_id, y.ordinal from retold.stream y where y.tenant = e.tenant and y.stream = e.stream offset 0) s
    cross join lateral (select y.key from retold.workspace y where y.tenant = e.tenant and y.workspace = s.workspace offset 0) w
    cross join lateral (select p.log = any (v_logs) or s.workspace = any (v_whole) or 0 = any (v_whole) as is_whole) k
    left join lateral (select y.codec, y.salt, y.body from retold.body y where k.is_whole and y.tenant = e.tenant and y.log = e.log and y.position = e.position offset 0) b on true
    left join lateral (select y.why, y.by_position from retold.gone y where y.tenant = e.tenant and y.log = e.log and y.position = e.position offset 0) x on true
    where p.tenant = v_tenant and p.ingest between from_ingest and to_ingest
        and (p.ingest > from_ingest or e.position > after_position)
        and (p.log = any (v_logs) or s.workspace = any (v_listed) or 0 = any (v_listed))
        and (types is null or e.type = any (types))
    order by p.ingest, e.position limit at_most;
end $$
