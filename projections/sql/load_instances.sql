select instance_id, worktree_path, branch, agent_name, status, tmux_session_id, start_time, end_time, files_changed,
    lines_added, lines_deleted, runtime, model, runtime_label, extra, output_bytes, output_chunks
from instances/*gen*/ where stream = ?1 order by place
