-- How many of each type there are after a position up to another; no body is read.
select type, count(*) from event where position > ?1 and position <= ?2 group by type
