-- projection: time_in_status
-- version: 1
-- about: how long sessions and instances stayed in each status that they have left
create table time_in_status (
    what    text    not null,   -- session or instance
    status  text    not null,
    times   integer not null,
    seconds real    not null,
    primary key (what, status)
) strict;

-- on: SessionStatusChanged
insert into time_in_status values ('session', :old_status, 1, :status_seconds)
on conflict do update set times = times + 1, seconds = seconds + excluded.seconds;

-- on: InstanceStatusChanged
insert into time_in_status values ('instance', :old_status, 1, :status_seconds)
on conflict do update set times = times + 1, seconds = seconds + excluded.seconds;
