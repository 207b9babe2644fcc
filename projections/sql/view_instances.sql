-- An output is the pieces of it, in order.
create temp view instances as
select
    i.stream, i.place, i.instance_id, i.worktree_path, i.branch, i.agent_name, i.status, i.tmux_session_id,
    i.start_time, i.end_time, i.start_instant, i.end_instant, i.files_changed, i.lines_added, i.lines_deleted,
    i.runtime, i.model, i.runtime_label, retold_json(i.extra) as extra, i.output_bytes, i.output_chunks,
    case when i.output_bytes is not null then coalesce((
        select group_concat(retold_text(c.position), '' order by c.ordinal)
        from main.output_chunks c where c.stream = i.stream and c.instance = i.place
    ), '') end as output
from main.instances i;
