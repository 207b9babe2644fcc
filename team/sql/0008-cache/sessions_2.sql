-- The sessions whose id begins so, of those that the caller may read whole; with the hash of the last event, and the edition of the log.
create function retold.sessions_2(
    prefix bytea, out tenant bigint, out log integer, out stream_key bytea, out workspace_key bytea, out session_id bytea, out ordinal bigint, out revision bigint,
    out hash bytea, out changes bigint
) returns setof record stable language sql security definer set search_path = pg_catalog as $$
    select s.tenant, s.log, s.stream_key, w.key, s.session_id, s.ordinal, k.revision, k.hash, coalesce(x.changes, 0)
    from retold.stream s join retold.workspace w on w.tenant = s.tenant and w.workspace = s.workspace
    join lateral (
        select e.revision, e.hash from retold.event e where e.tenant = s.tenant and e.stream = s.stream order by e.revision desc limit 1
    ) k on true
    left join retold.edition x on x.tenant = s.tenant and x.log = s.log
    where length(s.session_id) > 0 and s.session_id >= prefix and substring(s.session_id for length(prefix)) = prefix
        and retold.may_read(s.tenant, s.log, s.workspace) >= 3
    order by s.tenant, s.log, s.stream
$$
