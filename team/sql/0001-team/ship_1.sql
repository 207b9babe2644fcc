-- Takes a shipment, all of it or nothing: one call, one transaction. Answers TAKEN, HAVE, GAP, DIVERGED or REFUSED with the head.
create function retold.ship_1(
    t bigint, l integer, first bigint, last bigint, previous bytea, last_hash bytea, level smallint, whole boolean,
    stream_keys bytea[], stream_workspaces bytea[], stream_sessions bytea[], stream_ordinals bigint[],
    positions bigint[], streams integer[], revisions bigint[], types integer[], versions integer[], commits bigint[], recorded bigint[], occurred bigint[],
    hashes bytea[], body_commits bytea[], metas bytea[], meta_digests bytea[], codecs smallint[], salts bytea[], bodies bytea[],
    ref_positions bigint[], ref_hashes bytea[], text_hashes bytea[], text_codecs smallint[], text_sizes bigint[], texts bytea[],
    absent_first bigint[], absent_last bigint[], absent_hash bytea[], gone_positions bigint[], gone_by bigint[], gone_why smallint[],
    out answer text, out reason text, out head bigint, out head_hash bytea, out ingest bigint
) language plpgsql security definer set search_path = pg_catalog set lock_timeout = '2s' as $$
#variable_conflict use_variable
declare d integer; g record; k record; numbers bigint[]; link bytea; p bigint;
begin
    d := retold.may_ship(t, l);
    if d is null then
        answer := 'REFUSED'; reason := 'there is no such log of yours'; return;
    end if;
    select x.head, x.head_hash into g from retold.log x where x.tenant = t and x.log = l for update;
    head := g.head; head_hash := g.head_hash;
    reason := retold.fault_of(first, last, last_hash, stream_keys, positions, streams, types, commits, hashes, codecs, bodies, text_codecs, absent_first, absent_last, absent_hash, gone_by, gone_why);
    if reason is not null then
        answer := 'REFUSED'; return;
    end if;
    if first > g.head + 1 then
        answer := 'GAP'; return;
    end if;
    if first <= g.head then
        -- The last position that both know says whether all before it is the same.
        p := least(last, g.head);
        select x.at_position, x.hash into k from retold.known_at(t, l, p) x;
        answer := 'HAVE';
        if exists (select 1 from unnest(positions, hashes) u(p, h) where u.p = k.at_position and u.h <> k.hash)
            or exists (select 1 from unnest(absent_last, absent_hash) u(p, h) where u.p = k.at_position and u.h <> k.hash) then
            answer := 'DIVERGED';
        end if;
        return;
    end if;
    if g.head_hash <> previous then
        answer := 'DIVERGED'; return;
    end if;
    numbers := retold.take_streams(t, l, stream_keys, stream_workspaces, stream_sessions, stream_ordinals);
    perform retold.take_events(t, l, numbers, positions, streams, revisions, types, versions, commits, recorded, occurred, hashes, body_commits, metas, meta_digests);
    insert into retold.absent (tenant, log, first, last, hash_at_last)
        select t, l, u.f, u.l, u.h from unnest(absent_first, absent_last, absent_hash) u(f, l, h);
    perform retold.take_bodies(t, l, true, positions, codecs, salts, bodies, ref_positions, ref_hashes, text_hashes, text_codecs, text_sizes, texts);
    perform retold.take_gone(t, l, gone_positions, gone_by, gone_why);
    update retold.log x set head = ship_1.last, head_hash = ship_1.last_hash, seen_at = clock_timestamp(),
            level = least(x.level, ship_1.level), whole = x.whole and ship_1.whole
        where x.tenant = t and x.log = l;
    -- Last of all: the tenant's row is locked for as long as the commit takes.
    update retold.tenant x set ingest = x.ingest + 1,
            chain = sha256(x.chain || int8send(x.ingest + 1) || int4send(l) || int8send(ship_1.first) || int8send(ship_1.last) || ship_1.last_hash)
        where x.tenant = t returning x.ingest, x.chain into ingest, link;
    insert into retold.shipment (tenant, ingest, log, first, last, last_hash, chain, device)
        values (t, ingest, l, first, last, last_hash, link, d);
    answer := 'TAKEN'; head := last; head_hash := last_hash;
end $$
