insert into sources (workspace, source, tool, name, form, role, found_at, kept_at, bytes, file_bytes, stamp, records)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, 0, 0, null, 0)
on conflict do update set name = excluded.name, form = excluded.form, role = excluded.role
