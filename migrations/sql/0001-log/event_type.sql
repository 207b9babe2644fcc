-- Names for the numbers in event.type. Filled from the program's own list, for those who read the file without it.
create table event_type (
    id   integer primary key,
    name text not null unique
) strict;
