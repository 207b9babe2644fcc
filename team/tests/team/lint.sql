-- Findings on a schema ($1) whose tables, but those of $2, are to be distributed by the column `tenant`: no row where it is ready.
with t as (
    select c.oid, c.relname::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = $1::text and c.relkind in ('r', 'p') and not c.relispartition and c.relname <> all (string_to_array($2::text, ','))
), tc as (select attrelid, attnum, attnotnull from pg_attribute where attname = 'tenant' and attnum > 0)
select t.name, 'no column tenant' as problem, null as object from t left join tc on tc.attrelid = t.oid where tc.attnum is null
union all select t.name, 'tenant may be null', null from t join tc on tc.attrelid = t.oid where not attnotnull
union all select t.name, 'unique index without tenant', i.indexrelid::regclass::text
    from t join pg_index i on i.indrelid = t.oid join tc on tc.attrelid = t.oid where i.indisunique and not tc.attnum = any (i.indkey::int2[])
union all select t.name, 'unique index not led by tenant', i.indexrelid::regclass::text
    from t join pg_index i on i.indrelid = t.oid join tc on tc.attrelid = t.oid
    where i.indisunique and tc.attnum = any (i.indkey::int2[]) and i.indkey[0] <> tc.attnum
union all select t.name, 'no primary key', null from t where not exists (select 1 from pg_index i where i.indrelid = t.oid and i.indisprimary)
union all select t.name, 'foreign key without tenant pair', k.conname::text
    from t join pg_constraint k on k.conrelid = t.oid and k.contype = 'f' join tc a on a.attrelid = k.conrelid join tc b on b.attrelid = k.confrelid
    where not exists (select 1 from unnest(k.conkey, k.confkey) x(c, f) where x.c = a.attnum and x.f = b.attnum)
union all select t.name, 'default from a sequence', a.attname::text
    from t join pg_attribute a on a.attrelid = t.oid left join pg_attrdef d on d.adrelid = t.oid and d.adnum = a.attnum
    where a.attidentity <> '' or pg_get_expr(d.adbin, d.adrelid) like 'nextval(%'
union all select t.name, 'trigger', g.tgname::text from t join pg_trigger g on g.tgrelid = t.oid where not g.tgisinternal
order by 1, 2
