-- The sessions whose id begins so, of those that the caller may read whole; with the hash of the last event, and the edition of the log.
create function retold.sessions_2(
    prefix bytea, out tenant bigint, out log integer, out stream_key bytea, out workspace_key bytea, out session_id bytea, out ordinal bigint, out revision bigint,
    out hash bytea, out changes bigint
) returns setof record stable language plpgsql security definer set search_path = pg_catalog as $$
declare tenants bigint[]; beyond bytea;
begin
    select array_agg(t.tenant) into tenants from retold.tenant t
        where pg_has_role(session_user, 'retold_worker', 'member') or t.tenant = (select m.tenant from retold.me() m);
    -- The first id after those that begin so. No id has a byte of ones: ids are UTF-8.
    beyond := case when length(prefix) = 0 then '\xff' else set_byte(prefix, length(prefix) - 1, least(get_byte(prefix, length(prefix) - 1) + 1, 255)) end;
    return query with found as materialized (
        select s.tenant, s.log, s.stream, s.stream_key, w.key, s.session_id, s.ordinal, k.revision, k.hash
        from retold.stream s join retold.workspace w on w.tenant = s.tenant and w.workspace = s.workspace
        join lateral (
            select e.revision, e.hash from retold.event e where e.tenant = s.tenant and e.stream = s.stream order by e.revision desc limit 1
        ) k on true
        where s.tenant = any (tenants) and length(s.session_id) > 0 and s.session_id >= prefix and s.session_id < beyond
            and substring(s.session_id for length(prefix)) = prefix and retold.may_read(s.tenant, s.log, s.workspace) >= 3
    ), logs as materialized (
        select l.tenant, l.log, x.changes from (select distinct f.tenant, f.log from found f) l, lateral retold.edition_of(l.tenant, l.log) x
    )
    select f.tenant, f.log, f.stream_key, f.key, f.session_id, f.ordinal, f.revision, f.hash, l.changes
    from found f join logs l on l.tenant = f.tenant and l.log = f.log order by f.tenant, f.log, f.stream;
end $$
