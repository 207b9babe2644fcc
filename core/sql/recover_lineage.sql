insert into main.lineage (until, log_id, hash, restored_at)
select until, log_id, hash, restored_at from damaged.lineage
