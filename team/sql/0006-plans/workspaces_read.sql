-- A workspace of which a reader may see everything, or sees a session: the newest of it that the policy of sessions leaves.
do $$
begin
    drop policy read on retold.workspace;
    create policy read on retold.workspace for select to retold_reader, retold_server using (
        tenant = (select retold.my_tenant()) and (workspace = any ((select retold.my_workspaces())::bigint[]) or 0 = any ((select retold.my_workspaces())::bigint[])
            or exists (select 1 from (
                select s.stream from retold.sessions s where s.tenant = workspace.tenant and s.generation = (select retold.my_generation())
                    and s.workspace = workspace.workspace order by s.moved_instant desc limit 1) newest)));
end $$
