-- The projections that have files of their own, which may be deleted at any time: what is wanted of them stands here.
create table sidecar (
    name   text    not null primary key,
    policy text    not null check (policy in ('stop', 'skip')),   -- what happens at an event that cannot be taken in
    paused integer not null check (paused in (0, 1))
) strict, without rowid;
