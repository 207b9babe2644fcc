-- The workspaces whose row is not what their events make of it, of those that were checked.
select w.key from workspace w
where w.id in (select workspace from stream where id in (select id from temp.checked))
    and (
        exists (
            select workspace, key, path, hashes from main.workspaces where workspace = w.id
            except
            select workspace, key, path, hashes from temp.workspaces_next where workspace = w.id
        ) or exists (
            select workspace, key, path, hashes from temp.workspaces_next where workspace = w.id
            except
            select workspace, key, path, hashes from main.workspaces where workspace = w.id
        )
    )
