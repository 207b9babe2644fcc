-- A moment by position has ?3 or ?4, one by happening ?1 or ?2; each is open where it is not given.
select position, stream, happened from event_time
where happened > ?1 and happened <= ?2 and position > coalesce(?3, 0) and (?4 is null or position <= ?4)
order by happened, position
