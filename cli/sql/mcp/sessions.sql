-- Sessions, the last updated first, without the agents that work for one.
select
    s.workspace_key, s.id, s.ordinal, substr(s.task, 1, 400), s.status, s.updated_instant, s.created_instant,
    s.cwds, s.branches, s.models, s.message_count, s.instance_count, s.stream
from sessions s
where (:tool is null or s.workspace_key = :tool)
    and s.relation is not 'subagent'
    and (:since is null or s.updated_instant >= :since)
    and (:until is null or s.created_instant < :until)
    and (:streams is null or s.stream in (select value from json_each(:streams)))
    and (:after is null or (coalesce(s.updated_instant, 0), s.stream) < (:after, :after_stream))
order by coalesce(s.updated_instant, 0) desc, s.stream desc
limit :limit
