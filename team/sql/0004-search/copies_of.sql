-- The streams of positions, and the copies of them in logs that go on from this one.
create function retold.copies_of(t bigint, l integer, positions bigint[]) returns bigint[] stable language plpgsql set search_path = pg_catalog as $$
declare streams bigint[]; keys bytea[];
begin
    select array_agg(distinct (select e.stream from retold.event e where e.tenant = t and e.log = l and e.position = u.p)) into streams
        from unnest(positions) u(p);
    select array_agg(distinct s.stream_key) into keys from retold.stream s where s.tenant = t and s.stream = any (streams);
    select array_agg(c.stream) into streams from retold.stream c where c.tenant = t and c.stream_key = any (keys);
    return coalesce(streams, '{}');
end $$
