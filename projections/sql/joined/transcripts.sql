-- Sessions that agents left on disk themselves, with where and when they began. Those of sub-agents follow their parent.
select s.stream, w.key, s.cwds ->> '$[0]', s.branches ->> '$[0]', s.created_instant, s.id
from sessions s join workspaces w on w.workspace = s.workspace
where s.type = 'transcript' and w.key in ('claude', 'codex', 'gemini') and s.relation is not 'subagent'
  and s.created_instant between :first and :last and s.cwds ->> '$[0]' is not null
order by s.created_instant, s.id, s.stream
