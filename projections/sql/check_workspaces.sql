-- The workspaces' own streams come with their sessions.
insert into temp.checked (id)
select s.id from stream s
where s.ordinal = 0 and s.workspace in (select workspace from stream where id in (select id from temp.checked))
