-- The sub-agents of a session, in the order in which they were created.
select stream, spawned_by, task from sessions
where workspace = (select workspace from sessions where stream = ?1) and parent = ?2 and relation = 'subagent'
    and stream <> ?1
order by stream
