select position, hash from event order by position desc limit 1
