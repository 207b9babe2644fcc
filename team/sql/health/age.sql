-- How many transactions ago the oldest row of the database is from that is not frozen; after how many it is frozen whatever that takes.
select age(d.datfrozenxid)::bigint, current_setting('autovacuum_freeze_max_age')::bigint from pg_database d where d.datname = current_database()
