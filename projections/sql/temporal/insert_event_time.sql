insert into event_time (position, stream, happened) values (?1, ?2, ?3)
on conflict (position) do update set happened = excluded.happened
