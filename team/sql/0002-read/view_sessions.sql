-- A row a session that the reader may see; of one that is in several logs, a row each.
create view retold_read.sessions with (security_invoker = true) as
select t.log, t.moved_instant, t.stream, t.workspace, t.id, t.ordinal, t.home, t.place, t.type, t.task, t.status, t.created_at, t.updated_at, t.completed_at, t.created_instant, t.updated_instant, t.completed_instant, t.model, t.timeout_seconds, t.preserve_worktrees, t.winner_id, t.runtime_mix, t.total_duration, t.total_files_changed, t.total_lines_added, t.total_lines_deleted, t.extra, t.instance_count, t.message_count, t.latest_instance_status, t.position, t.revision, t.tags, t.cwds, t.branches, t.worktree, t.models, t.versions, t.files, t.relation, t.parent, t.spawned_by, t.inferred, t.partial, t.details,
    case when position('\x00'::bytea in w.key) = 0 then convert_from(w.key, 'UTF8') else encode(w.key, 'escape') end as workspace_key, w.path
from retold.sessions t left join retold.workspace w on w.tenant = t.tenant and w.workspace = t.workspace
where t.generation = (select retold.my_generation())
