insert into import_record (source, session_id, nth, digest, ordinal, place) values (?1, ?2, ?3, ?4, ?5, ?6)
on conflict (source, session_id, nth) do update
set digest = excluded.digest, ordinal = excluded.ordinal, place = excluded.place
