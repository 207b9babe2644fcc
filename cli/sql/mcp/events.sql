-- What happened in a stretch of time, but for what keeps files.
select position from events
where occurred_instant >= ?1 and occurred_instant < ?2 and type not in ('RecordsKept', 'SourceRead', 'SourceFound')
order by occurred_instant, position limit ?3
