select name, pk from pragma_table_info(?1, ?2) order by cid;
