select sql from sqlite_schema where sql is not null and name not like 'retold\_%' escape '\' order by type, name;
