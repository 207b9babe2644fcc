grant usage on schema retold to retold_shipper, retold_reader, retold_worker, retold_server, retold_monitor;
revoke all on all functions in schema retold from public;
do $$
declare f regprocedure;
begin
    for f in select p.oid::regprocedure from pg_proc p where p.pronamespace = 'retold'::regnamespace and p.proname in ('attach_1', 'head_1', 'hash_at_1', 'ship_1', 'supply_1') loop
        execute format('grant execute on function %s to retold_shipper, retold_server', f);
    end loop;
end $$;
grant select on all tables in schema retold to retold_worker;
grant insert, update, delete on retold.checkpoint to retold_worker;
grant update (verified) on retold.log to retold_worker
