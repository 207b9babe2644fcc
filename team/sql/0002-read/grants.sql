grant usage on schema retold_read to retold_reader, retold_server, retold_worker;
grant select on all tables in schema retold_read to retold_reader, retold_server, retold_worker;
revoke all on all functions in schema retold from public;
do $$
declare f regprocedure;
begin
    for f in select p.oid::regprocedure from pg_proc p where p.pronamespace = 'retold'::regnamespace
        and p.proname in ('logs_1', 'sessions_1', 'stream_1', 'stream_texts_1', 'stream_gone_1', 'status_1', 'my_tenant', 'my_logs', 'my_workspaces', 'my_generation', 'is_text') loop
        execute format('grant execute on function %s to retold_reader, retold_server, retold_worker', f);
    end loop;
end $$
