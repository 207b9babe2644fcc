create trigger dictionary_delete before delete on dictionary
begin
    select raise(abort, 'a dictionary is never deleted');
end;
