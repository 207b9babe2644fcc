-- Replication slots that nobody reads, and how many bytes of the write-ahead log they keep.
select s.slot_name::text, coalesce(pg_wal_lsn_diff(case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end, s.restart_lsn), 0)::bigint
from pg_replication_slots s where not s.active order by 1
