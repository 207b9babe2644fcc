insert or ignore into temp.workspace_name (workspace, key)
select ?1, ?2 where (select count(*) from temp.workspace_name where workspace = ?1) < ?3
