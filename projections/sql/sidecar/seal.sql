update retold_checkpoint set boot = null, schema = ?1 where only = 1;
