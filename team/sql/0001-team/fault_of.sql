-- Says what is wrong with a shipment by itself; null where nothing is. The hashes are not recomputed: there is no BLAKE3 here.
create function retold.fault_of(
    first bigint, last bigint, last_hash bytea, stream_keys bytea[], positions bigint[], streams integer[], types integer[], commits bigint[], hashes bytea[], codecs smallint[], bodies bytea[],
    text_codecs smallint[], absent_first bigint[], absent_last bigint[], absent_hash bytea[], gone_by bigint[], gone_why smallint[]
) returns text immutable language plpgsql set search_path = pg_catalog as $$
declare covered record;
begin
    if last < first or first < 1 then return 'it is empty'; end if;
    select count(*) filter (where u.before is distinct from u.f - 1 and u.o > 1) as breaks, min(u.f) as f, max(u.l) as l,
            bool_and(u.l >= u.f) as ordered, (array_agg(u.h order by u.l desc))[1] as h
        into covered from (
            select r.f, r.l, r.h, lag(r.l) over (order by r.f) as before, row_number() over (order by r.f) as o from (
                select p, p, h from unnest(positions, hashes) e(p, h)
                union all select f, l, h from unnest(absent_first, absent_last, absent_hash) a(f, l, h)) r(f, l, h)) u;
    if covered.breaks is distinct from 0 or covered.f <> first or covered.l <> last or not covered.ordered then return 'its positions are not those that it says'; end if;
    if covered.h is distinct from last_hash then return 'its last hash is another'; end if;
    if exists (select 1 from unnest(positions, commits, hashes, streams) u(p, c, h, s)
            where u.c > u.p or length(u.h) <> 32 or u.s < 1 or u.s > cardinality(stream_keys)) then return 'a header of it is none'; end if;
    if exists (select 1 from unnest(codecs, bodies) u(c, b) where u.b is not null and (u.c < 0 or u.c > 2)) or exists (select 1 from unnest(text_codecs) u(c) where u.c < 0 or u.c > 2) then
        return 'it is packed with a dictionary that is not known here';
    end if;
    if exists (select 1 from unnest(positions, types) u(p, y) where u.y = 19 and not exists (select 1 from unnest(gone_by, gone_why) g(b, w) where g.b = u.p and g.w = 0)) then
        return 'it says that a body was redacted, and not which';
    end if;
    return null;
end $$
