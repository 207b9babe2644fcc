select path, made_at, position, hash, bytes from backup order by made_at desc, id desc
