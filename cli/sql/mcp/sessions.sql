-- Sessions, the last updated first, without the agents that work for one.
select
    s.workspace_key, s.id, s.ordinal, substr(s.task, 1, 400), s.status, s.updated_instant, s.created_instant,
    s.cwds, s.branches, s.models, s.message_count, s.instance_count, s.stream, w.path
from sessions s left join workspaces w on w.key = s.workspace_key
where (:tool is null or s.workspace_key = :tool)
    and s.relation is not 'subagent'
    and (:since is null or s.updated_instant >= :since)
    and (:until is null or s.created_instant < :until)
    and (:project is null or w.path = :project or substr(w.path, 1, length(:project) + 1) = :project || '/'
        or instr('/' || coalesce(w.path, '') || '/', '/' || :project || '/') > 0
        or exists (
            select 1 from json_each(s.cwds) c
            where instr('/' || c.value || '/', '/' || trim(:project, '/') || '/') > 0))
    and (:after is null or (coalesce(s.updated_instant, 0), s.stream) < (:after, :after_stream))
order by coalesce(s.updated_instant, 0) desc, s.stream desc
limit :limit
