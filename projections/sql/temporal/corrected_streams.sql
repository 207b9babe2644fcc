-- The streams with a correction that counts earlier than its event. Served by the index `event_time_corrected`.
select distinct stream from event_time where counts is not null
