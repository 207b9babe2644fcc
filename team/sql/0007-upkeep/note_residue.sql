-- Notes of tables that something was erased in them. The log is locked by whoever calls.
create function retold.note_residue(t bigint, l integer, parts text[], redacted bigint[], others bigint[]) returns void language sql set search_path = pg_catalog as $$
    insert into retold.residue as x (tenant, log, part, redacted, other)
        select t, l, u.part, sum(u.r), sum(u.o) from unnest(parts, redacted, others) u(part, r, o) group by u.part order by u.part
        on conflict (tenant, log, part) do update set redacted = x.redacted + excluded.redacted, other = x.other + excluded.other,
            since = case when x.redacted = 0 then excluded.since else x.since end, mark = x.mark + 1
$$
