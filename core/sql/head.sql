select position, hash, recorded_at from event order by position desc limit 1
