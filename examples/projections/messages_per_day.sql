-- projection: messages_per_day
-- version: 1
-- about: messages by role and day
create table messages_per_day (
    day  text    not null,
    role text    not null,
    n    integer not null,
    primary key (day, role)
) strict;

-- on: MessageAdded
insert into messages_per_day values (:day, :role, 1)
on conflict do update set n = n + 1;
