-- The rows of sessions that the reader may see.
create view retold_read.instances with (security_invoker = true) as
select t.log, t.stream, t.place, t.instance_id, t.worktree_path, t.branch, t.agent_name, t.status, t.tmux_session_id, t.start_time, t.end_time, t.start_instant, t.end_instant, t.files_changed, t.lines_added, t.lines_deleted, t.runtime, t.model, t.runtime_label, t.extra, t.output_bytes, t.output_chunks
from retold.instances t where t.generation = (select retold.my_generation())
