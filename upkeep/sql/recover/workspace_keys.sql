-- Every key that a workspace may have. A source of an import is a path whose last part is one, with an ending.
select key from workspace
union select key from temp.workspace_name
union select workspace from quarantine
union select replace(source, rtrim(source, replace(source, '/', '')), '') from import_record
limit ?1
