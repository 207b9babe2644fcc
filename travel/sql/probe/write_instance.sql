insert into instances (
    place, instance_id, worktree_path, branch, agent_name, status, tmux_session_id, start_time, end_time,
    files_changed, lines_added, lines_deleted, runtime, model, runtime_label, extra, output_bytes
)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
