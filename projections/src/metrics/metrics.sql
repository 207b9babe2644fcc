-- projection: metrics
-- version: 1
-- about: figures per session, day and agent
create table metrics_session (
    stream        integer not null primary key,
    workspace     text    not null,
    session_id    text    not null,
    type          text    not null,
    status        text    not null,
    begun         text    not null,
    day           text    not null,
    seconds       real    not null,
    events        integer not null default 1,
    instances     integer not null default 0,
    messages      integer not null default 0,
    output_bytes  integer not null default 0,
    lines_added   integer not null default 0,
    lines_deleted integer not null default 0,
    winner        text,
    deleted       integer not null default 0
) strict;

create table metrics_day (
    day          text    not null primary key,
    events       integer not null default 0,
    sessions     integer not null default 0,
    instances    integer not null default 0,
    messages     integer not null default 0,
    completed    integer not null default 0,
    failed       integer not null default 0,
    output_bytes integer not null default 0
) strict;

create table metrics_agent (
    instance      integer not null primary key,   -- the position of its InstanceAdded
    stream        integer not null,
    agent         text    not null,
    runtime       text,
    model         text,
    status        text    not null,
    messages      integer not null default 0,
    output_bytes  integer not null default 0,
    lines_added   integer not null default 0,
    lines_deleted integer not null default 0,
    seconds       real    not null default 0,     -- running, as far as that status has ended
    won           integer not null default 0
) strict;

-- Serves the choice of a winner.
create index metrics_agent_by_stream on metrics_agent (stream);

create table metrics_status (
    what    text    not null,   -- session or instance
    status  text    not null,
    times   integer not null,
    seconds real    not null,
    primary key (what, status)
) strict;

-- on: SessionCreated
insert into metrics_session (stream, workspace, session_id, type, status, begun, day, seconds)
values (:stream, :workspace, :session_id, :session_type, :status, :occurred_at, date(:occurred_at), 0);
insert into metrics_day (day, events, sessions) values (date(:occurred_at), 1, 1)
on conflict do update set events = events + 1, sessions = sessions + 1;

-- on: SessionStatusChanged
update metrics_session
set status = :status, events = events + 1, seconds = max(seconds, :session_seconds) where stream = :stream;
insert into metrics_day (day, events, completed, failed)
values (date(:occurred_at), 1, :status = 'completed', :status = 'failed')
on conflict do update
set events = events + 1, completed = completed + excluded.completed, failed = failed + excluded.failed;
insert into metrics_status values ('session', :old_status, 1, :status_seconds)
on conflict do update set times = times + 1, seconds = seconds + excluded.seconds;

-- on: SessionDetailsChanged
update metrics_session
set type = coalesce(:session_type, type), status = coalesce(:status, status), events = events + 1,
    seconds = max(seconds, :session_seconds)
where stream = :stream;

-- on: SessionDeleted
update metrics_session set deleted = 1, events = events + 1 where stream = :stream;

-- on: SessionRestored
update metrics_session set deleted = 0, events = events + 1 where stream = :stream;

-- on: WinnerSelected
update metrics_session
set winner = :agent_name, events = events + 1, seconds = max(seconds, :session_seconds) where stream = :stream;
update metrics_agent set won = 0 where stream = :stream and won = 1;
update metrics_agent set won = 1 where instance = :instance_added;

-- on: InstanceAdded
insert into metrics_agent (instance, stream, agent, runtime, model, status, lines_added, lines_deleted)
values (:position, :stream, :agent_name, :runtime, :model, :status, coalesce(:lines_added, 0),
    coalesce(:lines_deleted, 0));
update metrics_session
set instances = instances + 1, events = events + 1, seconds = max(seconds, :session_seconds),
    lines_added = lines_added + coalesce(:lines_added, 0), lines_deleted = lines_deleted + coalesce(:lines_deleted, 0)
where stream = :stream;
insert into metrics_day (day, events, instances) values (date(:occurred_at), 1, 1)
on conflict do update set events = events + 1, instances = instances + 1;

-- on: InstanceStatusChanged
update metrics_agent
set status = :status, seconds = seconds + iif(:old_status = 'running', :status_seconds, 0)
where instance = :instance_added;
update metrics_session set events = events + 1, seconds = max(seconds, :session_seconds) where stream = :stream;
insert into metrics_status values ('instance', :old_status, 1, :status_seconds)
on conflict do update set times = times + 1, seconds = seconds + excluded.seconds;

-- on: InstanceDetailsChanged
update metrics_agent
set agent = :agent_name, runtime = :runtime, model = :model, status = coalesce(:status, status),
    lines_added = coalesce(:lines_added, lines_added), lines_deleted = coalesce(:lines_deleted, lines_deleted)
where instance = :instance_added;
update metrics_session
set events = events + 1, seconds = max(seconds, :session_seconds),
    lines_added = lines_added + iif(:lines_added is null, 0, :lines_added - :old_lines_added),
    lines_deleted = lines_deleted + iif(:lines_deleted is null, 0, :lines_deleted - :old_lines_deleted)
where stream = :stream;

-- on: InstanceRemoved
delete from metrics_agent where instance = :instance_added;
update metrics_session
set instances = instances - 1, events = events + 1, lines_added = lines_added - :old_lines_added,
    lines_deleted = lines_deleted - :old_lines_deleted
where stream = :stream;

-- on: OutputAppended, OutputReplaced
update metrics_agent set output_bytes = output_bytes + coalesce(:text_bytes, 0) where instance = :instance_added;
update metrics_session
set output_bytes = output_bytes + coalesce(:text_bytes, 0), events = events + 1,
    seconds = max(seconds, :session_seconds)
where stream = :stream;
insert into metrics_day (day, events, output_bytes) values (date(:occurred_at), 1, coalesce(:text_bytes, 0))
on conflict do update set events = events + 1, output_bytes = output_bytes + excluded.output_bytes;

-- on: MessageAdded
update metrics_session
set messages = messages + 1, events = events + 1, seconds = max(seconds, :session_seconds) where stream = :stream;
update metrics_agent set messages = messages + 1 where instance = :instance_added;
insert into metrics_day (day, events, messages) values (date(:occurred_at), 1, 1)
on conflict do update set events = events + 1, messages = messages + 1;

-- on: MessageRemoved
update metrics_session set messages = messages - 1, events = events + 1 where stream = :stream;
update metrics_agent set messages = messages - 1 where instance = :instance_added;
