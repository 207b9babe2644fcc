select name, type, "notnull", dflt_value is not null, pk from pragma_table_info(?1) order by cid
