insert into lineage (until, log_id, hash, restored_at) values (?1, ?2, ?3, ?4)
