select stream, count(*) from event where position > ?1 and position <= ?2 group by stream order by min(position)
