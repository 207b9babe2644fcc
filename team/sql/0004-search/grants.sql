revoke all on function retold.my_whole_workspaces, retold.times, retold.copies_of, retold.erase_texts, retold.search_1 from public;
grant execute on function retold.my_whole_workspaces, retold.search_1 to retold_reader, retold_server, retold_worker;
grant select, insert, update, delete on retold.search, retold.search_sizes to retold_worker
