-- The tables, those that hold the most last.
select name from sqlite_schema
where type = 'table' and name not like 'sqlite\_%' escape '\'
order by name in ('blob', 'chat_messages', 'output_chunks', 'event'), name = 'event', name
