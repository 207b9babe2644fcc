-- The sessions that are kept, counted again.
create table main./*counters*/ (
    workspace integer not null,
    status    text    not null,
    type      text    not null,
    count     integer not null,
    primary key (workspace, status, type)
) strict, without rowid;

insert into main./*counters*/ (workspace, status, type, count)
select workspace, status, type, count(*) from store.sessions group by workspace, status, type;
