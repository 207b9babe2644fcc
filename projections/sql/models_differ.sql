-- The streams whose rows are not what their events make of them, with the table.
select 'sessions' as model, stream from (
    select stream, workspace, id, ordinal, home, place, type, task, status, created_at, updated_at,
    completed_at, created_instant, updated_instant, completed_instant, model, timeout_seconds,
    preserve_worktrees, winner_id, runtime_mix, total_duration, total_files_changed, total_lines_added,
    total_lines_deleted, extra, instance_count, message_count, latest_instance_status, position,
    revision
    from main.sessions where stream in (select id from temp.checked)
    except
    select stream, workspace, id, ordinal, home, place, type, task, status, created_at, updated_at,
    completed_at, created_instant, updated_instant, completed_instant, model, timeout_seconds,
    preserve_worktrees, winner_id, runtime_mix, total_duration, total_files_changed, total_lines_added,
    total_lines_deleted, extra, instance_count, message_count, latest_instance_status, position,
    revision
    from temp.sessions_next
)
union
select 'sessions', stream from (
    select stream, workspace, id, ordinal, home, place, type, task, status, created_at, updated_at,
    completed_at, created_instant, updated_instant, completed_instant, model, timeout_seconds,
    preserve_worktrees, winner_id, runtime_mix, total_duration, total_files_changed, total_lines_added,
    total_lines_deleted, extra, instance_count, message_count, latest_instance_status, position,
    revision
    from temp.sessions_next
    except
    select stream, workspace, id, ordinal, home, place, type, task, status, created_at, updated_at,
    completed_at, created_instant, updated_instant, completed_instant, model, timeout_seconds,
    preserve_worktrees, winner_id, runtime_mix, total_duration, total_files_changed, total_lines_added,
    total_lines_deleted, extra, instance_count, message_count, latest_instance_status, position,
    revision
    from main.sessions where stream in (select id from temp.checked)
)
union
select 'instances' as model, stream from (
    select stream, place, instance_id, worktree_path, branch, agent_name, status, tmux_session_id, start_time,
    end_time, start_instant, end_instant, files_changed, lines_added, lines_deleted, runtime, model,
    runtime_label, extra, output_bytes, output_chunks
    from main.instances where stream in (select id from temp.checked)
    except
    select stream, place, instance_id, worktree_path, branch, agent_name, status, tmux_session_id, start_time,
    end_time, start_instant, end_instant, files_changed, lines_added, lines_deleted, runtime, model,
    runtime_label, extra, output_bytes, output_chunks
    from temp.instances_next
)
union
select 'instances', stream from (
    select stream, place, instance_id, worktree_path, branch, agent_name, status, tmux_session_id, start_time,
    end_time, start_instant, end_instant, files_changed, lines_added, lines_deleted, runtime, model,
    runtime_label, extra, output_bytes, output_chunks
    from temp.instances_next
    except
    select stream, place, instance_id, worktree_path, branch, agent_name, status, tmux_session_id, start_time,
    end_time, start_instant, end_instant, files_changed, lines_added, lines_deleted, runtime, model,
    runtime_label, extra, output_bytes, output_chunks
    from main.instances where stream in (select id from temp.checked)
)
union
select 'chat_messages' as model, stream from (
    select stream, place, id, role, timestamp, instant, instance_id, extra, content_position, content_bytes
    from main.chat_messages where stream in (select id from temp.checked)
    except
    select stream, place, id, role, timestamp, instant, instance_id, extra, content_position, content_bytes
    from temp.chat_messages_next
)
union
select 'chat_messages', stream from (
    select stream, place, id, role, timestamp, instant, instance_id, extra, content_position, content_bytes
    from temp.chat_messages_next
    except
    select stream, place, id, role, timestamp, instant, instance_id, extra, content_position, content_bytes
    from main.chat_messages where stream in (select id from temp.checked)
)
union
select 'output_chunks' as model, stream from (
    select stream, instance, ordinal, position, bytes
    from main.output_chunks where stream in (select id from temp.checked)
    except
    select stream, instance, ordinal, position, bytes
    from temp.output_chunks_next
)
union
select 'output_chunks', stream from (
    select stream, instance, ordinal, position, bytes
    from temp.output_chunks_next
    except
    select stream, instance, ordinal, position, bytes
    from main.output_chunks where stream in (select id from temp.checked)
)
order by 1, 2
