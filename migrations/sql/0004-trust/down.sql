drop trigger event_update;
-- The one change that an event may ever see: its body leaves, where a redaction says so.
create trigger event_update before update on event
when new.body is not null or new.salt is not null
    or new.position       is not old.position
    or new.stream         is not old.stream
    or new.revision       is not old.revision
    or new.type           is not old.type
    or new.schema_version is not old.schema_version
    or new.commit_first   is not old.commit_first
    or new.recorded_at    is not old.recorded_at
    or new.occurred_at    is not old.occurred_at
    or new.hash           is not old.hash
    or new.meta           is not old.meta
    or new.codec          is not old.codec
    or not exists (select 1 from redaction where position = old.position)
begin
    select raise(abort, 'an event is never changed');
end;
drop trigger dictionary_delete;
create trigger dictionary_delete before delete on dictionary
begin
    select raise(abort, 'a dictionary is never deleted');
end;
drop table repack;
drop table backup;
drop table lineage;
