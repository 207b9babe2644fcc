insert or ignore into main.commit_key (key, first, last, stream, command, digest)
select key, first, last, stream, command, digest from damaged.commit_key
