-- When the log got the first event of each of some sessions.
select event.stream, event.recorded_at from json_each(?1) asked cross join event on event.stream = asked.value and event.revision = 1
