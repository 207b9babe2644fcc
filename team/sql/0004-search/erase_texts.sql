-- Takes away what a search finds of the sessions in which something was erased. What is left of them is put in again by the worker.
create function retold.erase_texts(t bigint, l integer, positions bigint[]) returns void language plpgsql set search_path = pg_catalog as $$
declare streams bigint[];
begin
    select array_agg(distinct c.stream) into streams from unnest(positions) u(p)
        join retold.event e on e.tenant = t and e.log = l and e.position = u.p
        join retold.stream s on s.tenant = t and s.stream = e.stream
        join retold.stream c on c.tenant = t and c.stream_key = s.stream_key;
    delete from retold.search x where x.tenant = t and x.stream = any (streams);
    delete from retold.search_sizes x where x.tenant = t and x.stream = any (streams);
end $$
