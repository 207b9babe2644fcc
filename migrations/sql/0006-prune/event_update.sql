-- What an event may see: its body leaves, where a redaction or a pruning says so; a pruned body comes back; or its body
-- is packed anew, where its dictionary is on its way out. What it says and what it committed to stay as they are.
drop trigger event_update;
create trigger event_update before update on event
when new.position       is not old.position
    or new.stream         is not old.stream
    or new.revision       is not old.revision
    or new.type           is not old.type
    or new.schema_version is not old.schema_version
    or new.commit_first   is not old.commit_first
    or new.recorded_at    is not old.recorded_at
    or new.occurred_at    is not old.occurred_at
    or new.hash           is not old.hash
    or new.meta           is not old.meta
    or not (
        (new.body is null and new.salt is null and new.codec is old.codec
            and (exists (select 1 from redaction where position = old.position)
                or exists (select 1 from pruned where position = old.position)))
        or (old.body is null and old.salt is null and new.body is not null and length(new.salt) = 16
            and exists (select 1 from pruned where position = old.position))
        or (new.body is not null and old.body is not null and new.salt is old.salt
            and exists (select 1 from repack where dictionary = old.codec))
    )
begin
    select raise(abort, 'an event is never changed');
end;
