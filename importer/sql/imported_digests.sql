-- Asked by an export over files: a session that is as its source had it is not lost with that file.
select digest from import_record
