update log set created_at = coalesce((select created_at from damaged.log), created_at)
