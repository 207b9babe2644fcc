insert into workspace_seen (workspace, from_position, from_happened) values (?1, ?2, ?3)
on conflict (workspace) do update set
    from_position = min(from_position, excluded.from_position), from_happened = min(from_happened, excluded.from_happened)
