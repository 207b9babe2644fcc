-- The same for a person, whom one who serves names, with what of each log answers are sealed by: one question, and no transaction to begin.
create function retold.sessions_for_1(
    person text, prefix bytea, out tenant bigint, out log integer, out stream_key bytea, out workspace_key bytea, out session_id bytea, out ordinal bigint,
    out revision bigint, out hash bytea, out changes bigint, out secret bytea
) returns setof record language plpgsql security definer set search_path = pg_catalog as $$
begin
    perform set_config('retold.person', sessions_for_1.person, true);
    return query with found as materialized (select * from retold.sessions_2(prefix)),
    logs as materialized (
        select l.tenant, l.log, x.secret from (select distinct f.tenant, f.log from found f) l, lateral retold.edition_of(l.tenant, l.log) x
    )
    select f.*, l.secret from found f join logs l on l.tenant = f.tenant and l.log = f.log;
end $$
