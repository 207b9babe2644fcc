-- Erases what was erased where it came from: bodies, and texts that nothing else of their log refers to. Of a log that goes on from
-- another, also what is the other's.
create or replace function retold.take_gone(t bigint, l integer, positions bigint[], bys bigint[], whys smallint[]) returns void language plpgsql set search_path = pg_catalog as $$
declare g record; hashes bytea[];
begin
    if cardinality(positions) = 0 then return; end if;
    select x.parent, x.parent_until into g from retold.log x where x.tenant = t and x.log = l;
    if g.parent is not null and exists (select 1 from unnest(positions) u(p) where u.p <= g.parent_until) then
        perform 1 from retold.log x where x.tenant = t and x.log = g.parent for update;
        perform retold.take_gone(t, g.parent, array_agg(u.p), array_agg(u.b), array_agg(u.w))
            from unnest(positions, bys, whys) u(p, b, w) where u.p <= g.parent_until;
    end if;
    -- What was redacted stays so, whatever is pruned after it.
    insert into retold.gone (tenant, log, position, by_position, why)
        select t, l, u.p, u.b, u.w from (select distinct on (v.p) v.* from unnest(positions, bys, whys) v(p, b, w) order by v.p, v.w, v.b) u
        where exists (select 1 from retold.event e where e.tenant = t and e.log = l and e.position = u.p)
        on conflict (tenant, log, position) do update set why = 0, by_position = excluded.by_position
            where retold.gone.why <> 0 and excluded.why = 0;
    perform retold.mark_stale(t, l, positions);
    perform retold.erase_texts(t, l, positions);
    perform retold.erase_rows(t, l, array_agg(u.p)) from unnest(positions, whys) u(p, w) where u.w = 0;
    delete from retold.body b where b.tenant = t and b.log = l and b.position = any (positions);
    with refs as (delete from retold.blob_ref r where r.tenant = t and r.log = l and r.position = any (positions) returning r.hash)
        select array_agg(distinct refs.hash) into hashes from refs;
    delete from retold.blob b where b.tenant = t and b.log = l and b.hash = any (hashes)
        and not exists (select 1 from retold.blob_ref r where r.tenant = t and r.log = l and r.hash = b.hash);
end $$
