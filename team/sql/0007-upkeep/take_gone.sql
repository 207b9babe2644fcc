-- Erases what was erased where it came from: bodies, and texts that nothing else of their log refers to; and notes in which tables row
-- versions of it may be left. Of a log that goes on from another, also what is the other's.
create or replace function retold.take_gone(t bigint, l integer, positions bigint[], bys bigint[], whys smallint[]) returns void language plpgsql set search_path = pg_catalog as $$
declare g record; redacted bigint[]; many bigint; refs bigint; parts text[]; of_redacted bigint[]; of_others bigint[];
begin
    if cardinality(positions) = 0 then return; end if;
    select x.parent, x.parent_until into g from retold.log x where x.tenant = t and x.log = l;
    if g.parent is not null and exists (select 1 from unnest(positions) u(p) where u.p <= g.parent_until) then
        perform 1 from retold.log x where x.tenant = t and x.log = g.parent for update;
        perform retold.take_gone(t, g.parent, array_agg(u.p), array_agg(u.b), array_agg(u.w))
            from unnest(positions, bys, whys) u(p, b, w) where u.p <= g.parent_until;
    end if;
    -- What was redacted stays so, whatever is pruned after it. What is told again is no news.
    with noted as (
        insert into retold.gone (tenant, log, position, by_position, why)
            select t, l, u.p, u.b, u.w from (select distinct on (v.p) v.* from unnest(positions, bys, whys) v(p, b, w) order by v.p, v.w, v.b) u
            where exists (select 1 from retold.event e where e.tenant = t and e.log = l and e.position = u.p)
            on conflict (tenant, log, position) do update set why = 0, by_position = excluded.by_position
                where retold.gone.why <> 0 and excluded.why = 0
            returning position, why
    ) select coalesce(array_agg(n.position) filter (where n.why = 0), '{}') into redacted from noted n;
    perform retold.mark_stale(t, l, positions);
    perform retold.erase_texts(t, l, positions);
    perform retold.erase_rows(t, l, array_agg(u.p)) from unnest(positions, whys) u(p, w) where u.w = 0;
    with erased as (
        delete from retold.body b where b.tenant = t and b.log = l and b.position = any (positions) returning b.position, b.tableoid
    ), parts as (
        select (select c.relname::text from pg_class c where c.oid = e.tableoid) as part,
            count(*) filter (where e.position = any (redacted)) as redacted, count(*) filter (where e.position <> all (redacted)) as other
        from erased e group by e.tableoid
    ) select array_agg(p.part), array_agg(p.redacted), array_agg(p.other) into parts, of_redacted, of_others from parts p;
    refs := retold.erase_refs(t, l, positions);
    many := cardinality(redacted);
    if refs > 0 then
        parts := parts || 'blob'::text;
        of_redacted := of_redacted || many;
        of_others := of_others || cardinality(positions) - many;
    end if;
    if many > 0 then
        -- What lists show and searches find may have been written of it more than once. What of the log left before may be of it, too.
        parts := parts || array['sessions', 'instances', 'chat_messages', 'search'] || case when exists (
            select 1 from unnest(redacted) u(p) where (
                select (select s.ordinal from retold.stream s where s.tenant = t and s.stream = e.stream)
                from retold.event e where e.tenant = t and e.log = l and e.position = u.p) = 0) then array['workspace'] end
            || array(select x.part from retold.residue x where x.tenant = t and x.log = l and x.redacted = 0 and x.other > 0);
        of_redacted := of_redacted || array_fill(many, array[cardinality(parts) - coalesce(cardinality(of_redacted), 0)]);
        of_others := of_others || array_fill(0::bigint, array[cardinality(of_redacted) - coalesce(cardinality(of_others), 0)]);
    end if;
    perform retold.note_residue(t, l, parts, of_redacted, of_others);
end $$
