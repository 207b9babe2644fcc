-- Events that could not be taken in, where the policy is to go on after them.
create table retold_skipped (
    position integer primary key,
    reason   text    not null
) strict;
