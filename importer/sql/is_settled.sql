-- Asked for pieces of files that cannot be read, of which there are few, whatever the file was called when it was imported.
select 1 from quarantine
where digest = ?1 and resolved_at is not null and (source = ?2 or (workspace = ?3 and home = ?4))
