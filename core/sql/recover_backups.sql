insert or ignore into main.backup (id, path, made_at, position, hash, bytes)
select id, path, made_at, position, hash, bytes from damaged.backup
