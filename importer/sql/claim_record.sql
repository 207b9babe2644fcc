-- Keeps a record where it is still the one that was read: ?7 is the digest that it had, null where there was none.
insert into import_record (source, session_id, nth, digest, ordinal, place)
select ?1, ?2, ?3, ?4, ?5, ?6
where ?7 is (select digest from import_record where source = ?1 and session_id = ?2 and nth = ?3)
on conflict (source, session_id, nth) do update
set digest = excluded.digest, ordinal = excluded.ordinal, place = excluded.place
