-- Roles are the cluster's, and shared by all databases: another run may have made them, also at this very moment.
do $$
declare wanted text;
begin
    foreach wanted in array array['retold_owner', 'retold_shipper', 'retold_reader', 'retold_worker', 'retold_server', 'retold_monitor'] loop
        begin
            execute format('create role %I nologin', wanted);
        exception when duplicate_object or unique_violation then null;
        end;
    end loop;
    begin
        execute format('grant retold_owner to %I', current_user);
    exception when others then
        -- A superuser needs no grant; whoever else lacks it fails at the next statement, which says so.
        null;
    end;
end $$
