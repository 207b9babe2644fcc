select count(*) from import_record where source = ?1
