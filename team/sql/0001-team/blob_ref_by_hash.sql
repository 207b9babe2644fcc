create index blob_ref_by_hash on retold.blob_ref (tenant, log, hash)
