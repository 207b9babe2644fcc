delete from stream where not exists (select 1 from event where event.stream = stream.id)
;
delete from workspace where not exists (select 1 from stream where stream.workspace = workspace.id)
