select until, log_id, hash, restored_at from lineage order by until
