-- The logs that the caller may read whole, parents before those that go on from them: their own, all of the team for whoever was allowed
-- everything, all of all teams for whoever may read everything.
create function retold.whole_logs_1(
    out tenant bigint, out log integer, out log_id bytea, out head bigint, out head_hash bytea, out parent integer, out parent_until bigint, out parent_hash bytea
) returns setof record stable language sql security definer set search_path = pg_catalog as $$
    select g.tenant, g.log, g.log_id, g.head, g.head_hash, g.parent, g.parent_until, g.parent_hash from retold.logs_1() g
    where retold.may_read(g.tenant, g.log, 0) >= 3
$$
