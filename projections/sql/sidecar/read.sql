select log, version, digest, position, hash, redactions, boot, schema from retold_checkpoint;
