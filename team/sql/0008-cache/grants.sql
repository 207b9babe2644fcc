revoke all on function retold.sessions_2, retold.edition_1 from public;
grant execute on function retold.sessions_2 to retold_reader, retold_server, retold_worker;
grant execute on function retold.edition_1 to retold_server
