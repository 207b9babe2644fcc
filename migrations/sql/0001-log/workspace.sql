-- A place where sessions happen. The key is the name of its legacy file without the ending.
create table workspace (
    id  integer primary key,
    key text not null unique
) strict;
