delete from stream where not exists (select 1 from event where event.stream = stream.id)
