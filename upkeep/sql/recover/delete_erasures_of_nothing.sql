delete from redaction
where not exists (select 1 from event e where e.position = redaction.position and e.body is null);
delete from pruned
where not exists (select 1 from event e where e.position = pruned.position and e.body is null)
