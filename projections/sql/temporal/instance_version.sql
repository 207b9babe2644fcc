-- An instance's row, as long as it was the same. rank orders the list; while moved is 0 it is the place in it.
create table instance_version (
    stream          integer not null,
    rank            real    not null,
    from_position   integer not null,
    to_position     integer not null,
    from_happened   integer not null,
    to_happened     integer not null,
    moved           integer not null,
    output          integer,            -- the event that its output began with; null where it is null
    instance_id     integer not null,
    status          text    not null,
    agent_name      text    not null,
    worktree_path   text    not null,
    branch          text    not null,
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
    primary key (stream, rank, from_position)
) strict, without rowid;
