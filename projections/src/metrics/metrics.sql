-- projection: metrics
-- version: 4
-- about: figures per session, day, agent and status
--
-- Active is a session while its status is running or a debate's round. Its time passes from event to event, the last one
-- of the session so far; of a day counts what lies after its midnight.
create table metrics_session (
    stream              integer not null primary key,
    workspace           text    not null,
    session_id          text    not null,
    type                text    not null,
    status              text    not null,
    begun               text    not null,
    day                 text    not null,
    seconds             real    not null,             -- from its first event to its last
    active_seconds      real    not null default 0,   -- of these, active
    events              integer not null default 1,
    instances           integer not null default 0,
    instances_completed integer not null default 0,
    instances_failed    integer not null default 0,
    messages            integer not null default 0,
    output_bytes        integer not null default 0,   -- all that was written, also what was replaced later
    lines_added         integer not null default 0,
    lines_deleted       integer not null default 0,
    winner              text,
    deleted             integer not null default 0
) strict;

create table metrics_day (
    day            text    not null primary key,
    events         integer not null default 0,
    sessions       integer not null default 0,        -- that began
    instances      integer not null default 0,
    messages       integer not null default 0,
    completed      integer not null default 0,        -- sessions
    failed         integer not null default 0,
    seconds        real    not null default 0,        -- that the sessions completed or failed this day had taken
    active_seconds real    not null default 0,        -- of all sessions together
    output_bytes   integer not null default 0,
    lines_added    integer not null default 0,
    lines_deleted  integer not null default 0
) strict;

-- The same by the day that the log got it: all the time that had passed until an event is of that day.
create table metrics_day_recorded (
    day            text    not null primary key,
    events         integer not null default 0,
    sessions       integer not null default 0,
    instances      integer not null default 0,
    messages       integer not null default 0,
    completed      integer not null default 0,
    failed         integer not null default 0,
    seconds        real    not null default 0,
    active_seconds real    not null default 0,
    output_bytes   integer not null default 0,
    lines_added    integer not null default 0,
    lines_deleted  integer not null default 0
) strict;

create table metrics_agent (
    instance      integer not null primary key,       -- the position of its InstanceAdded
    stream        integer not null,
    agent         text    not null,
    runtime       text,
    model         text,
    status        text    not null,
    messages      integer not null default 0,
    output_bytes  integer not null default 0,
    lines_added   integer not null default 0,
    lines_deleted integer not null default 0,
    seconds       real    not null default 0,         -- running, as far as that status has ended
    won           integer not null default 0
) strict;

-- Serves the choice of a winner.
create index metrics_agent_by_stream on metrics_agent (stream);

-- Times that a status has ended, and how long it had lasted in all.
create table metrics_status (
    what    text    not null,   -- session or instance
    status  text    not null,
    times   integer not null,
    seconds real    not null,
    primary key (what, status)
) strict;

create table metrics_session_status (
    stream  integer not null,
    status  text    not null,
    times   integer not null,
    seconds real    not null,
    primary key (stream, status)
) strict;

-- By the day that it ended on.
create table metrics_day_status (
    day     text    not null,
    status  text    not null,
    times   integer not null,
    seconds real    not null,
    primary key (day, status)
) strict;

-- on: SessionCreated
insert into metrics_session (stream, workspace, session_id, type, status, begun, day, seconds)
values (:stream, :workspace, :session_id, :session_type, :status, :occurred_at, :day, 0);
insert into metrics_day (day, events, sessions, completed, failed)
values (:day, 1, 1, :status = 'completed', :status = 'failed')
on conflict do update set events = events + 1, sessions = sessions + 1, completed = completed + excluded.completed,
    failed = failed + excluded.failed;
insert into metrics_day_recorded (day, events, sessions, completed, failed)
values (:recorded_day, 1, 1, :status = 'completed', :status = 'failed')
on conflict do update set events = events + 1, sessions = sessions + 1, completed = completed + excluded.completed,
    failed = failed + excluded.failed;

-- on: SessionStatusChanged, SessionDetailsChanged
update metrics_session
set type = :session_type, status = :session_status, events = events + 1, seconds = max(seconds, :session_seconds),
    active_seconds = active_seconds + iif(status = 'running' or status glob 'round_*', :quiet_seconds, 0)
where stream = :stream;
insert into metrics_day (day, events, completed, failed, seconds, active_seconds)
values (:day, 1, ifnull(:status = 'completed', 0), ifnull(:status = 'failed', 0),
    iif(:status in ('completed', 'failed'), max(:session_seconds, 0), 0),
    iif(ifnull(:old_status, :session_status) = 'running' or ifnull(:old_status, :session_status) glob 'round_*',
        max(min(:quiet_seconds, :occurred_micros % 86400000000 / 1e6), 0), 0))
on conflict do update
set events = events + 1, completed = completed + excluded.completed, failed = failed + excluded.failed,
    seconds = seconds + excluded.seconds, active_seconds = active_seconds + excluded.active_seconds;
insert into metrics_day_recorded (day, events, completed, failed, seconds, active_seconds)
values (:recorded_day, 1, ifnull(:status = 'completed', 0), ifnull(:status = 'failed', 0),
    iif(:status in ('completed', 'failed'), max(:session_seconds, 0), 0),
    iif(ifnull(:old_status, :session_status) = 'running' or ifnull(:old_status, :session_status) glob 'round_*',
        max(:quiet_seconds, 0), 0))
on conflict do update
set events = events + 1, completed = completed + excluded.completed, failed = failed + excluded.failed,
    seconds = seconds + excluded.seconds, active_seconds = active_seconds + excluded.active_seconds;
insert into metrics_status
select 'session', :old_status, 1, max(:status_seconds, 0) where :old_status is not null
on conflict do update set times = times + 1, seconds = seconds + excluded.seconds;
insert into metrics_session_status
select :stream, :old_status, 1, max(:status_seconds, 0) where :old_status is not null
on conflict do update set times = times + 1, seconds = seconds + excluded.seconds;
insert into metrics_day_status
select :day, :old_status, 1, max(:status_seconds, 0) where :old_status is not null
on conflict do update set times = times + 1, seconds = seconds + excluded.seconds;

-- on: TaskChanged, WinnerSelected, SessionMoved, TagsChanged, SessionDeleted, SessionRestored, InstanceAdded, InstanceStatusChanged, InstanceDetailsChanged, InstanceRemoved, MessageChanged, MessageRemoved
update metrics_session
set events = events + 1, seconds = max(seconds, :session_seconds),
    active_seconds = active_seconds + iif(status = 'running' or status glob 'round_*', :quiet_seconds, 0)
where stream = :stream;
insert into metrics_day (day, events, active_seconds)
values (:day, 1, iif(:session_status = 'running' or :session_status glob 'round_*',
    max(min(:quiet_seconds, :occurred_micros % 86400000000 / 1e6), 0), 0))
on conflict do update set events = events + 1, active_seconds = active_seconds + excluded.active_seconds;
insert into metrics_day_recorded (day, events, active_seconds)
values (:recorded_day, 1, iif(:session_status = 'running' or :session_status glob 'round_*',
    max(:quiet_seconds, 0), 0))
on conflict do update set events = events + 1, active_seconds = active_seconds + excluded.active_seconds;

-- on: SessionDeleted
update metrics_session set deleted = 1 where stream = :stream;

-- on: SessionRestored
update metrics_session set deleted = 0 where stream = :stream;

-- on: WinnerSelected
update metrics_session set winner = :agent_name where stream = :stream;
update metrics_agent set won = 0 where stream = :stream and won = 1;
update metrics_agent set won = 1 where instance = :instance_added;

-- on: InstanceAdded
insert into metrics_agent (instance, stream, agent, runtime, model, status, lines_added, lines_deleted)
values (:position, :stream, :agent_name, :runtime, :model, :status, coalesce(:lines_added, 0),
    coalesce(:lines_deleted, 0));
update metrics_session
set instances = instances + 1, instances_completed = instances_completed + (:status = 'completed'),
    instances_failed = instances_failed + (:status = 'failed'),
    lines_added = lines_added + coalesce(:lines_added, 0), lines_deleted = lines_deleted + coalesce(:lines_deleted, 0)
where stream = :stream;
update metrics_day
set instances = instances + 1, lines_added = lines_added + coalesce(:lines_added, 0),
    lines_deleted = lines_deleted + coalesce(:lines_deleted, 0)
where day = :day;
update metrics_day_recorded
set instances = instances + 1, lines_added = lines_added + coalesce(:lines_added, 0),
    lines_deleted = lines_deleted + coalesce(:lines_deleted, 0)
where day = :recorded_day;

-- on: InstanceStatusChanged, InstanceDetailsChanged
update metrics_agent
set status = coalesce(:status, status), seconds = seconds + iif(:old_status = 'running', max(:status_seconds, 0), 0)
where instance = :instance_added;
update metrics_session
set instances_completed = instances_completed + (:status = 'completed') - (:old_status = 'completed'),
    instances_failed = instances_failed + (:status = 'failed') - (:old_status = 'failed')
where stream = :stream and :status is not null;
insert into metrics_status
select 'instance', :old_status, 1, max(:status_seconds, 0) where :old_status is not null
on conflict do update set times = times + 1, seconds = seconds + excluded.seconds;

-- on: InstanceDetailsChanged
update metrics_agent
set agent = :agent_name, runtime = :runtime, model = :model,
    lines_added = coalesce(:lines_added, lines_added), lines_deleted = coalesce(:lines_deleted, lines_deleted)
where instance = :instance_added;
update metrics_session
set lines_added = lines_added + iif(:lines_added is null, 0, :lines_added - :old_lines_added),
    lines_deleted = lines_deleted + iif(:lines_deleted is null, 0, :lines_deleted - :old_lines_deleted)
where stream = :stream;
update metrics_day
set lines_added = lines_added + iif(:lines_added is null, 0, :lines_added - :old_lines_added),
    lines_deleted = lines_deleted + iif(:lines_deleted is null, 0, :lines_deleted - :old_lines_deleted)
where day = :day;
update metrics_day_recorded
set lines_added = lines_added + iif(:lines_added is null, 0, :lines_added - :old_lines_added),
    lines_deleted = lines_deleted + iif(:lines_deleted is null, 0, :lines_deleted - :old_lines_deleted)
where day = :recorded_day;

-- on: InstanceRemoved
delete from metrics_agent where instance = :instance_added;
update metrics_session
set instances = instances - 1, instances_completed = instances_completed - (:old_status = 'completed'),
    instances_failed = instances_failed - (:old_status = 'failed'), lines_added = lines_added - :old_lines_added,
    lines_deleted = lines_deleted - :old_lines_deleted
where stream = :stream;

-- on: OutputAppended, OutputReplaced
update metrics_agent set output_bytes = output_bytes + coalesce(:text_bytes, 0) where instance = :instance_added;
update metrics_session
set output_bytes = output_bytes + coalesce(:text_bytes, 0), events = events + 1,
    seconds = max(seconds, :session_seconds),
    active_seconds = active_seconds + iif(status = 'running' or status glob 'round_*', :quiet_seconds, 0)
where stream = :stream;
insert into metrics_day (day, events, output_bytes, active_seconds)
values (:day, 1, coalesce(:text_bytes, 0),
    iif(:session_status = 'running' or :session_status glob 'round_*',
        max(min(:quiet_seconds, :occurred_micros % 86400000000 / 1e6), 0), 0))
on conflict do update set events = events + 1, output_bytes = output_bytes + excluded.output_bytes,
    active_seconds = active_seconds + excluded.active_seconds;
insert into metrics_day_recorded (day, events, output_bytes, active_seconds)
values (:recorded_day, 1, coalesce(:text_bytes, 0),
    iif(:session_status = 'running' or :session_status glob 'round_*',
        max(:quiet_seconds, 0), 0))
on conflict do update set events = events + 1, output_bytes = output_bytes + excluded.output_bytes,
    active_seconds = active_seconds + excluded.active_seconds;

-- on: MessageAdded
update metrics_session
set messages = messages + 1, events = events + 1, seconds = max(seconds, :session_seconds),
    active_seconds = active_seconds + iif(status = 'running' or status glob 'round_*', :quiet_seconds, 0)
where stream = :stream;
update metrics_agent set messages = messages + 1 where instance = :instance_added;
insert into metrics_day (day, events, messages, active_seconds)
values (:day, 1, 1, iif(:session_status = 'running' or :session_status glob 'round_*',
    max(min(:quiet_seconds, :occurred_micros % 86400000000 / 1e6), 0), 0))
on conflict do update set events = events + 1, messages = messages + 1,
    active_seconds = active_seconds + excluded.active_seconds;
insert into metrics_day_recorded (day, events, messages, active_seconds)
values (:recorded_day, 1, 1, iif(:session_status = 'running' or :session_status glob 'round_*',
    max(:quiet_seconds, 0), 0))
on conflict do update set events = events + 1, messages = messages + 1,
    active_seconds = active_seconds + excluded.active_seconds;

-- on: MessageRemoved
update metrics_session set messages = messages - 1 where stream = :stream;
update metrics_agent set messages = messages - 1 where instance = :instance_added;

-- on: WorkspaceRegistered, BodyRedacted
update metrics_session set events = events + 1 where stream = :stream;
insert into metrics_day (day, events) values (:day, 1) on conflict do update set events = events + 1;
insert into metrics_day_recorded (day, events) values (:recorded_day, 1) on conflict do update set events = events + 1;
