-- The workspace with this key, else one of this folder.
select key from workspaces where key = ?1 or path = rtrim(?1, '/') order by key = ?1 desc, key limit 1
