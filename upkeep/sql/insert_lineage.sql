insert into lineage (until, log_id, hash, restored_at)
select ?1, (select id from log), ?2, ?3
on conflict (until) do nothing
