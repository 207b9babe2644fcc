-- The level at which the caller may read what is of a log and a workspace: 3 for everything, 2 for what lists show, 0 for nothing. What
-- one has shipped, one may read; else what was allowed, of one workspace or of all (workspace 0). Its plan is kept by the connection, as
-- that of a function in SQL is not.
create or replace function retold.may_read(t bigint, l integer, w integer) returns smallint stable language plpgsql security definer set search_path = pg_catalog as $$
begin
    if pg_has_role(session_user, 'retold_worker', 'member') then return 3; end if;
    return coalesce((
        select max(r.level) from retold.me() m, lateral (
            select 3::smallint as level from retold.log g join retold.device d on d.tenant = g.tenant and d.device = g.device
                where g.tenant = m.tenant and g.log = l and d.person = m.person
            union all
            select v.level from retold.visible v where v.tenant = m.tenant and v.person = m.person and v.workspace in (0, w)
        ) r where m.tenant = t
    ), 0);
end $$
