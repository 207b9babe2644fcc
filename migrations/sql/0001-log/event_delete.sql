create trigger event_delete before delete on event
begin
    select raise(abort, 'an event is never deleted');
end;
