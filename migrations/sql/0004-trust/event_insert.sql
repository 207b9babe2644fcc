-- A writer that has not heard that a dictionary is gone must not pack with it: nobody could unpack it.
create trigger event_insert before insert on event
when new.codec >= 2 and not exists (select 1 from dictionary where id = new.codec)
begin
    select raise(abort, 'the dictionary that a body was packed with is gone');
end;
