select path from backup order by id desc limit 100
