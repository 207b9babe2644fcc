drop table quarantine;
drop table import_record;
