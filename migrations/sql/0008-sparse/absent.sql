-- Ranges of positions whose events are not here, and what the event after each hangs on.
create table absent (
    first integer primary key check (first > 0),
    last  integer not null check (last >= first),
    hash  blob    not null check (length(hash) = 32)   -- of the event at `last`
) strict;
