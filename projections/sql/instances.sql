-- One row an instance, in the order of the document. Its output is in output_chunks.
create table instances/*gen*/ (
    stream          integer not null,
    place           integer not null,   -- in the document's list, from 0
    instance_id     integer not null,
    worktree_path   text    not null,
    branch          text    not null,
    agent_name      text    not null,
    status          text    not null,
    tmux_session_id text    not null,
    start_time      text,
    end_time        text,
    start_instant   integer,
    end_instant     integer,
    files_changed   integer,
    lines_added     integer,
    lines_deleted   integer,
    runtime         text,
    model           text,
    runtime_label   text,
    extra           text,
    output_bytes    integer,            -- null where the output is null
    output_chunks   integer not null,
    primary key (stream, place)
) strict, without rowid;
