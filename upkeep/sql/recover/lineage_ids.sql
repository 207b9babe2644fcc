select log_id from lineage
