-- A dictionary leaves when nothing is packed with it any more.
drop trigger dictionary_delete;
create trigger dictionary_delete before delete on dictionary
when not exists (select 1 from repack where dictionary = old.id)
    or exists (select 1 from event where codec = old.id and body is not null)
    or exists (select 1 from blob where codec = old.id)
begin
    select raise(abort, 'a dictionary that is in use is never deleted');
end;
