insert into quarantine (source, source_hash, workspace, home, offset, length, reason, found_at, digest, codec, raw)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 1, ?10)
on conflict (source, digest, offset) do nothing
