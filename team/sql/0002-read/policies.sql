-- Row by row: what a reader's own logs have, and what was allowed. The functions are asked once a statement.
do $$
declare name text;
begin
    foreach name in array array['sessions', 'instances', 'chat_messages', 'output_chunks'] loop
        execute format('alter table retold.%I enable row level security', name);
        execute format('create policy read on retold.%I for select to retold_reader, retold_server using (
            tenant = (select retold.my_tenant()) and generation = (select retold.my_generation())
            and (log = any ((select retold.my_logs())::integer[]) or workspace = any ((select retold.my_workspaces())::bigint[])
                or 0 = any ((select retold.my_workspaces())::bigint[])))', name);
        execute format('create policy work on retold.%I to retold_worker using (true) with check (true)', name);
        execute format('grant select on retold.%I to retold_reader, retold_server', name);
        execute format('grant select, insert, update, delete on retold.%I to retold_worker', name);
    end loop;
    execute 'alter table retold.workspace enable row level security';
    execute 'create policy read on retold.workspace for select to retold_reader, retold_server using (
        tenant = (select retold.my_tenant()) and (workspace = any ((select retold.my_workspaces())::bigint[]) or 0 = any ((select retold.my_workspaces())::bigint[])
            or exists (select 1 from retold.sessions s where s.tenant = workspace.tenant and s.workspace = workspace.workspace)))';
    execute 'create policy work on retold.workspace to retold_worker using (true) with check (true)';
    grant select on retold.workspace to retold_reader, retold_server;
    grant update (path) on retold.workspace to retold_worker;
    grant select, insert, update, delete on retold.stale, retold.models to retold_worker;
end $$
