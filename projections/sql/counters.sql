-- How many sessions there are, by workspace, status and type. Triggers count in whatever transaction changes the sessions,
-- also in one of an older release. The number in the name is that of the generation: sessions that an older release
-- has built again have no counters.
create table session_counts/*n*/ (
    workspace integer not null,
    status    text    not null,
    type      text    not null,
    count     integer not null,   -- never 0
    primary key (workspace, status, type)
) strict, without rowid;

insert into session_counts/*n*/ (workspace, status, type, count)
select workspace, status, type, count(*) from sessions/*gen*/ group by workspace, status, type;

create trigger session_counts_insert/*n*/ after insert on sessions/*gen*/ begin
    insert into session_counts/*n*/ (workspace, status, type, count)
    values (new.workspace, new.status, new.type, 1)
    on conflict (workspace, status, type) do update set count = count + 1;
end;

create trigger session_counts_delete/*n*/ after delete on sessions/*gen*/ begin
    update session_counts/*n*/ set count = count - 1
    where workspace = old.workspace and status = old.status and type = old.type;
    delete from session_counts/*n*/
    where workspace = old.workspace and status = old.status and type = old.type and count <= 0;
end;

create trigger session_counts_update/*n*/ after update of workspace, status, type on sessions/*gen*/
when (old.workspace, old.status, old.type) is not (new.workspace, new.status, new.type) begin
    update session_counts/*n*/ set count = count - 1
    where workspace = old.workspace and status = old.status and type = old.type;
    delete from session_counts/*n*/
    where workspace = old.workspace and status = old.status and type = old.type and count <= 0;
    insert into session_counts/*n*/ (workspace, status, type, count)
    values (new.workspace, new.status, new.type, 1)
    on conflict (workspace, status, type) do update set count = count + 1;
end;
