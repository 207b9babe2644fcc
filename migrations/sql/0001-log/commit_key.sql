-- Commits that came with an idempotency key: a retry is answered from here.
create table commit_key (
    key   text primary key,
    first integer not null,
    last  integer not null
) strict, without rowid;
