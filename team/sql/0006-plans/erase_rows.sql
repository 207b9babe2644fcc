-- Takes away what lists show of the sessions in which something was redacted: what was redacted may be in it. They are made again by the
-- worker, without it.
create or replace function retold.erase_rows(t bigint, l integer, positions bigint[]) returns void language plpgsql set search_path = pg_catalog as $$
declare streams bigint[] := retold.copies_of(t, l, positions);
begin
    delete from retold.sessions x where x.tenant = t and x.stream = any (streams);
    delete from retold.instances x where x.tenant = t and x.stream = any (streams);
    delete from retold.chat_messages x where x.tenant = t and x.stream = any (streams);
    delete from retold.output_chunks x where x.tenant = t and x.stream = any (streams);
end $$
