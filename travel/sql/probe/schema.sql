-- One session, as it is at some moment. The columns are called as in the read models. Texts are columns that are computed
-- where they are read, so that SQLite tells an expression that reads them from one that does not.
create table session (
    only integer primary key check (only = 1),
    id text, type text, task text, status text, created_at text, updated_at text, completed_at text, model text,
    timeout_seconds integer, preserve_worktrees integer, winner_id integer, runtime_mix text, total_duration integer,
    total_files_changed integer, total_lines_added integer, total_lines_deleted integer, extra text, place real,
    home text, deleted integer, instance_count integer, message_count integer
);
create table instances (
    place integer, instance_id integer, worktree_path text, branch text, agent_name text, status text,
    tmux_session_id text, start_time text, end_time text, files_changed integer, lines_added integer,
    lines_deleted integer, runtime text, model text, runtime_label text, extra text, output_bytes integer,
    output text generated always as (retold_output(place)) virtual
);
create index instances_by_place on instances (place);
create table messages (
    place integer, id text, role text, timestamp text, instance_id integer, extra text, text_or_blob,
    content_bytes integer,
    content text generated always as (retold_load(text_or_blob)) virtual
);
create index messages_by_place on messages (place);
-- As the read models call them. A view is taken to read all that it could.
create view chat_messages as
select place, id, role, timestamp, instance_id, extra, content_bytes, content from messages;
create view sessions as
select id, type, task, status, created_at, updated_at, completed_at, model, timeout_seconds, preserve_worktrees,
    winner_id, runtime_mix, total_duration, total_files_changed, total_lines_added, total_lines_deleted, extra, place,
    home, deleted, instance_count, message_count
from session;
