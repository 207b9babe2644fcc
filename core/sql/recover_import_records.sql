insert or ignore into main.import_record (source, session_id, nth, digest, ordinal, place)
select source, session_id, nth, digest, ordinal, place from damaged.import_record
