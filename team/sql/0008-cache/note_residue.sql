-- Notes of tables that something was erased in them; where something was redacted, also of the secret that answers about it were sealed by.
-- The log is locked by whoever calls.
create or replace function retold.note_residue(t bigint, l integer, parts text[], redacted bigint[], others bigint[]) returns void language sql set search_path = pg_catalog as $$
    insert into retold.residue as x (tenant, log, part, redacted, other)
        select t, l, v.part, sum(v.r), sum(v.o) from (
            select u.part, u.r, u.o from unnest(parts, redacted, others) u(part, r, o)
            union all select 'edition', max(u.r), 0 from unnest(redacted) u(r) having max(u.r) > 0
        ) v group by v.part order by v.part
        on conflict (tenant, log, part) do update set redacted = x.redacted + excluded.redacted, other = x.other + excluded.other,
            since = case when x.redacted = 0 then excluded.since else x.since end, mark = x.mark + 1
$$
