insert into workspaces/*gen*/ (workspace, key, path, hashes) values (?1, ?2, ?3, ?4)
on conflict (workspace) do update set path = excluded.path, hashes = excluded.hashes
