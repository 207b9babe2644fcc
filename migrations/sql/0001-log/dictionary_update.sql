create trigger dictionary_update before update on dictionary
begin
    select raise(abort, 'a dictionary is never changed');
end;
