select id, format, created_at from log
