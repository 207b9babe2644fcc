select until, log_id, hash from lineage order by until
