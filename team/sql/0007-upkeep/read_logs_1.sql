-- The logs that sessions are pulled from: those of which the caller sees something, and those that they go on from. Of these no more is told
-- than what a part of a log proves itself by.
create function retold.read_logs_1(
    out tenant bigint, out log integer, out log_id bytea, out head bigint, out head_hash bytea, out parent integer, out parent_until bigint, out parent_hash bytea
) returns setof record stable language sql security definer set search_path = pg_catalog as $$
    with recursive wanted(tenant, log) as (
        select s.tenant, s.log from (
            select w.tenant, w.log from retold.whole_logs_1() w union select h.tenant, h.log from retold.heads_1() h
        ) s
        union select g.tenant, g.parent from wanted x join retold.log g on g.tenant = x.tenant and g.log = x.log where g.parent is not null
    )
    select g.tenant, g.log, g.log_id, g.head, g.head_hash, g.parent, g.parent_until, g.parent_hash from retold.logs_1() g
    join wanted x on x.tenant = g.tenant and x.log = g.log
    order by g.tenant, g.parent_until, g.log
$$
