insert into retold_checkpoint (only, log, name, version, digest, position, hash, redactions, boot)
values (1, ?1, ?2, ?3, ?4, 0, zeroblob(32), ?5, ?6);
