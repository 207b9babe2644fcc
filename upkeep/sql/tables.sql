select name, not wr from pragma_table_list where schema = 'main' and type = 'table' order by name
