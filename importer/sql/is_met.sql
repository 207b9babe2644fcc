select exists (select 1 from import_record where source = ?1) or exists (select 1 from workspace where key = ?2)
