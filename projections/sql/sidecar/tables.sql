select name from main.sqlite_schema
where type = 'table' and name not like 'retold\_%' escape '\' and name not like 'sqlite\_%' escape '\'
    and name in (select name from other.sqlite_schema where type = 'table')
order by name;
