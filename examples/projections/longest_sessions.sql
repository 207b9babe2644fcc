-- projection: longest_sessions
-- version: 1
-- about: how long each session went on, from its first event to its last
create table longest_sessions (
    stream     integer not null primary key,
    workspace  text    not null,
    session_id text    not null,
    type       text    not null,
    begun      text    not null,
    ended      text    not null,
    seconds    real    not null
) strict;

-- Serves `order by seconds desc`.
create index longest_sessions_by_seconds on longest_sessions (seconds);

-- on: SessionCreated, TaskChanged, SessionStatusChanged, WinnerSelected, SessionDetailsChanged
-- on: InstanceAdded, InstanceStatusChanged, OutputAppended, OutputReplaced, InstanceDetailsChanged
-- on: MessageAdded, MessageChanged
insert into longest_sessions
values (:stream, :workspace, :session_id, :session_type, :occurred_at, :occurred_at, 0)
on conflict do update set type = excluded.type, ended = max(ended, excluded.ended), seconds = max(seconds, :session_seconds);
