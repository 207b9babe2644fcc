select position from redaction r
where not exists (select 1 from event e where e.position = r.position)
