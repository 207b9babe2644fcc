-- Keeps bodies and the texts that they refer to. Where their events were not made just now, of those that are there and whose bodies are
-- neither there nor redacted nor retired. What there is none of is not asked about.
create or replace function retold.take_bodies(
    t bigint, l integer, are_new boolean, positions bigint[], codecs smallint[], salts bytea[], bodies bytea[], ref_positions bigint[], ref_hashes bytea[],
    text_hashes bytea[], text_codecs smallint[], text_sizes bigint[], texts bytea[]
) returns void language plpgsql set search_path = pg_catalog as $$
declare wanted bigint[];
begin
    if are_new then
        insert into retold.body (tenant, log, position, received, codec, salt, body)
            select t, l, u.p, current_date, u.c, u.s, u.b from unnest(positions, codecs, salts, bodies) u(p, c, s, b) where u.b is not null;
        if cardinality(ref_positions) = 0 then return; end if;
        select array_agg(u.p) into wanted from unnest(positions, bodies) u(p, b) where u.b is not null;
    else
        perform retold.mark_stale(t, l, positions);
        select array_agg(u.p) into wanted from unnest(positions, bodies) u(p, b) where u.b is not null
            and (select true from retold.event e where e.tenant = t and e.log = l and e.position = u.p)
            and (select true from retold.body b where b.tenant = t and b.log = l and b.position = u.p) is null
            and (select true from retold.gone g where g.tenant = t and g.log = l and g.position = u.p and g.why = 0) is null;
        if wanted is null then return; end if;
        -- What came back where it was pruned is pruned no more, also where it was retired meanwhile.
        delete from retold.gone g where g.tenant = t and g.log = l and g.position = any (wanted);
        select array_agg(u.p) into wanted from unnest(wanted) u(p) where not coalesce(
            (select r.last >= u.p from retold.retired r where r.tenant = t and r.log = l and r.first <= u.p order by r.first desc limit 1), false);
        if wanted is null then return; end if;
        insert into retold.body (tenant, log, position, received, codec, salt, body)
            select t, l, u.p, current_date, u.c, u.s, u.b from unnest(positions, codecs, salts, bodies) u(p, c, s, b)
            where exists (select 1 from unnest(wanted) w(p) where w.p = u.p);
    end if;
    insert into retold.blob (tenant, log, hash, codec, size, bytes)
        select t, l, u.h, u.c, u.s, u.b from unnest(text_hashes, text_codecs, text_sizes, texts) u(h, c, s, b)
        where exists (select 1 from unnest(ref_positions, ref_hashes) r(p, h) join unnest(wanted) w(p) on w.p = r.p where r.h = u.h)
        on conflict do nothing;
    insert into retold.blob_ref (tenant, log, position, hash)
        select t, l, r.p, r.h from unnest(ref_positions, ref_hashes) r(p, h)
        where exists (select 1 from unnest(wanted) w(p) where w.p = r.p) on conflict do nothing;
end $$
