select name, coalesce(sql, ''), rootpage, type = 'table' from sqlite_schema
