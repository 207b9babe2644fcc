-- The last one first: who reads it takes the first that is final.
select position, stream, happened from event_time where happened <= ?1 order by happened desc, position desc
