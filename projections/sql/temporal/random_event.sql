select position, stream from event_time
where position >= (select 1 + abs(random() % max(position)) from event_time)
order by position limit 1
