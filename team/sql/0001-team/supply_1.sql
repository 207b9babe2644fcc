-- Takes what an earlier shipment held back of positions that are there: bodies, names, events of absent positions. Nothing that is
-- there is changed. Where it is the last of a pass over the whole log, the log has had all of it at this level.
create function retold.supply_1(
    t bigint, l integer, first bigint, last bigint, previous bytea, last_hash bytea, level smallint, whole boolean,
    stream_keys bytea[], stream_workspaces bytea[], stream_sessions bytea[], stream_ordinals bigint[],
    positions bigint[], streams integer[], revisions bigint[], types integer[], versions integer[], commits bigint[], recorded bigint[], occurred bigint[],
    hashes bytea[], body_commits bytea[], metas bytea[], meta_digests bytea[], codecs smallint[], salts bytea[], bodies bytea[],
    ref_positions bigint[], ref_hashes bytea[], text_hashes bytea[], text_codecs smallint[], text_sizes bigint[], texts bytea[],
    absent_first bigint[], absent_last bigint[], absent_hash bytea[], gone_positions bigint[], gone_by bigint[], gone_why smallint[], settles boolean,
    out answer text, out reason text, out head bigint, out head_hash bytea, out ingest bigint
) language plpgsql security definer set search_path = pg_catalog set lock_timeout = '2s' as $$
#variable_conflict use_variable
declare d integer; g record; k record; numbers bigint[]; fresh bigint[]; old_first bigint[]; old_last bigint[]; old_hash bytea[];
begin
    d := retold.may_ship(t, l);
    if d is null then
        answer := 'REFUSED'; reason := 'there is no such log of yours'; return;
    end if;
    select x.head, x.head_hash, x.parent_until into g from retold.log x where x.tenant = t and x.log = l for update;
    head := g.head; head_hash := g.head_hash;
    reason := retold.fault_of(first, last, last_hash, stream_keys, positions, streams, types, commits, hashes, codecs, bodies, text_codecs, absent_first, absent_last, absent_hash, gone_by, gone_why);
    if reason is not null then
        answer := 'REFUSED'; return;
    end if;
    if last > g.head then
        answer := 'GAP'; return;
    end if;
    if first <= g.parent_until then
        answer := 'REFUSED'; reason := 'these positions are of the log that this one goes on from'; return;
    end if;
    select x.at_position, x.hash into k from retold.known_at(t, l, last) x;
    if exists (select 1 from unnest(positions, hashes) u(p, h) join retold.event e on e.tenant = t and e.log = l and e.position = u.p where e.hash <> u.h)
        or (k.at_position = last and k.hash <> last_hash) then
        answer := 'DIVERGED'; return;
    end if;
    select array_agg(u.p) into fresh from unnest(positions) u(p)
        where not exists (select 1 from retold.event e where e.tenant = t and e.log = l and e.position = u.p);
    numbers := retold.take_streams(t, l, stream_keys, stream_workspaces, stream_sessions, stream_ordinals);
    if fresh is not null then
        perform retold.take_events(t, l, numbers, array_agg(u.a), array_agg(u.b), array_agg(u.c), array_agg(u.d), array_agg(u.e), array_agg(u.f),
            array_agg(u.g), array_agg(u.h), array_agg(u.i), array_agg(u.j), array_agg(u.k), array_agg(u.m))
            from unnest(positions, streams, revisions, types, versions, commits, recorded, occurred, hashes, body_commits, metas, meta_digests)
                u(a, b, c, d, e, f, g, h, i, j, k, m)
            where exists (select 1 from unnest(fresh) w(p) where w.p = u.a);
    end if;
    update retold.event e set meta = u.meta, meta_digest = null from unnest(positions, metas) u(p, meta)
        where e.tenant = t and e.log = l and e.position = u.p and e.meta_digest is not null and u.meta is not null;
    -- What is still absent: the parts before and after, and what both hold back.
    select array_agg(a.first), array_agg(a.last), array_agg(a.hash_at_last) into old_first, old_last, old_hash from retold.absent a
        where a.tenant = t and a.log = l and a.first <= supply_1.last and a.last >= supply_1.first;
    delete from retold.absent a where a.tenant = t and a.log = l and a.first = any (old_first);
    insert into retold.absent (tenant, log, first, last, hash_at_last)
        select t, supply_1.l, r.f, r.l, r.h from (
            select o.f, supply_1.first - 1 as l, previous as h from unnest(old_first, old_last, old_hash) o(f, l, h) where o.f < supply_1.first
            union all select supply_1.last + 1, o.l, o.h from unnest(old_first, old_last, old_hash) o(f, l, h) where o.l > supply_1.last
            union all select greatest(o.f, n.f), least(o.l, n.l), case when n.l <= o.l then n.h else o.h end
                from unnest(old_first, old_last, old_hash) o(f, l, h) join unnest(absent_first, absent_last, absent_hash) n(f, l, h) on n.f <= o.l and n.l >= o.f) r;
    perform retold.take_bodies(t, l, false, positions, codecs, salts, bodies, ref_positions, ref_hashes, text_hashes, text_codecs, text_sizes, texts);
    perform retold.take_gone(t, l, gone_positions, gone_by, gone_why);
    if settles then
        update retold.log x set level = supply_1.level, whole = supply_1.whole where x.tenant = t and x.log = l;
    end if;
    answer := 'TAKEN';
end $$
