-- How many of each type there are in a stream up to a revision; no body is read.
select type, count(*) from event where stream = ?1 and revision <= ?2 group by type
