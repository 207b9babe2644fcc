do $$
declare f regprocedure;
begin
    for f in select p.oid::regprocedure from pg_proc p where p.pronamespace = 'retold'::regnamespace
        and p.proname in ('ingest_1', 'log_1', 'stream_types_1', 'heads_1', 'whole_logs_1', 'range_events_1', 'range_texts_1', 'range_absent_1', 'range_gone_1') loop
        execute format('revoke all on function %s from public', f);
        execute format('grant execute on function %s to retold_reader, retold_server, retold_worker', f);
    end loop;
end $$
