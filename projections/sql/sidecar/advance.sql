update retold_checkpoint set position = ?1, hash = ?2 where only = 1;
