insert into workspace_version
    (workspace, stream, from_position, to_position, from_happened, to_happened, path, hashes)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
