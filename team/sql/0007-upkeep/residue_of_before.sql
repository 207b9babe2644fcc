-- Of what was erased before this was noted it is not known where it was: in any table that has something.
insert into retold.residue (tenant, log, part, redacted, other, since)
select g.tenant, g.log, c.relname::text, count(*) filter (where g.why = 0), count(*) filter (where g.why <> 0), min(g.at)
from retold.gone g cross join pg_class c
where c.relnamespace = 'retold'::regnamespace and pg_relation_size(c.oid) > 0 and (
    c.relname in ('blob', 'sessions', 'instances', 'chat_messages', 'search', 'workspace')
    or exists (select 1 from pg_inherits i where i.inhrelid = c.oid and i.inhparent = 'retold.body'::regclass))
group by g.tenant, g.log, c.relname
