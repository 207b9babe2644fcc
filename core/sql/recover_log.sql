update log set (id, format, created_at) = (select id, format, created_at from damaged.log)
