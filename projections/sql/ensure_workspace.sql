insert into workspaces/*gen*/ (workspace, key, path, hashes) values (?1, ?2, null, json_array(?2))
on conflict (workspace) do nothing
