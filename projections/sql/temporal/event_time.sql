-- One row an event: its stream, and when it counts as having happened (microseconds since 1970).
create table event_time (
    position integer primary key,
    stream   integer not null,
    happened integer not null,   -- its effective time
    counts   integer             -- since when it counts, where it is a correction and that is earlier
) strict;
