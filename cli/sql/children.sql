-- Sessions that come from another one which is there, each with that one.
select c.stream, p.stream from sessions c join sessions p on +p.workspace = c.workspace and p.id = c.parent
where c.parent is not null and c.stream <> p.stream
