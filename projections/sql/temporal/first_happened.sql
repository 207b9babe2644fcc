select happened, stream from event_time order by happened limit 1
