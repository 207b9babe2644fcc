-- Takes away what a search finds of the sessions in which something was erased. What is left of them is put in again by the worker.
create function retold.erase_texts(t bigint, l integer, positions bigint[]) returns void language plpgsql set search_path = pg_catalog as $$
declare streams bigint[] := retold.copies_of(t, l, positions);
begin
    delete from retold.search x where x.tenant = t and x.stream = any (streams);
    delete from retold.search_sizes x where x.tenant = t and x.stream = any (streams);
end $$
