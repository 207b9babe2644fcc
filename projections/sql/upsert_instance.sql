insert into instances/*gen*/ (
    stream, place, instance_id, worktree_path, branch, agent_name, status, tmux_session_id, start_time, end_time,
    start_instant, end_instant, files_changed, lines_added, lines_deleted, runtime, model, runtime_label, extra,
    output_bytes, output_chunks)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)
on conflict (stream, place) do update set
    instance_id = excluded.instance_id, worktree_path = excluded.worktree_path, branch = excluded.branch,
    agent_name = excluded.agent_name, status = excluded.status, tmux_session_id = excluded.tmux_session_id,
    start_time = excluded.start_time, end_time = excluded.end_time, start_instant = excluded.start_instant,
    end_instant = excluded.end_instant, files_changed = excluded.files_changed,
    lines_added = excluded.lines_added, lines_deleted = excluded.lines_deleted, runtime = excluded.runtime,
    model = excluded.model, runtime_label = excluded.runtime_label, extra = excluded.extra,
    output_bytes = excluded.output_bytes, output_chunks = excluded.output_chunks
