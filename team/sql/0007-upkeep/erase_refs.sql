-- Erases that bodies refer to long texts, and the texts that nothing else of their log refers to; returns how many references those were.
create function retold.erase_refs(t bigint, l integer, positions bigint[]) returns bigint language plpgsql set search_path = pg_catalog as $$
declare hashes bytea[]; refs bigint;
begin
    with gone as (delete from retold.blob_ref r where r.tenant = t and r.log = l and r.position = any (positions) returning r.hash)
        select array_agg(distinct gone.hash), count(*) into hashes, refs from gone;
    delete from retold.blob b where b.tenant = t and b.log = l and b.hash = any (hashes)
        and not exists (select 1 from retold.blob_ref r where r.tenant = t and r.log = l and r.hash = b.hash);
    return refs;
end $$
