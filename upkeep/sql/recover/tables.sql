-- The tables of a store; wr: without rowid.
select name, wr from pragma_table_list
where schema = 'main' and type = 'table' and name not like 'sqlite\_%' escape '\' order by name
