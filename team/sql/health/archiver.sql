-- Whether archiving the write-ahead log fails.
select coalesce(a.last_failed_time > coalesce(a.last_archived_time, '-infinity'), false) from pg_stat_archiver a
