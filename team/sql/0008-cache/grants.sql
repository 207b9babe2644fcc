revoke all on function retold.edition_of, retold.sessions_2, retold.edition_1, retold.listed_1, retold.pulse_1, retold.sessions_for_1, retold.verified_1 from public;
grant execute on function retold.sessions_2, retold.listed_1 to retold_reader, retold_server, retold_worker;
grant execute on function retold.edition_1, retold.pulse_1, retold.sessions_for_1 to retold_server;
grant execute on function retold.verified_1 to retold_worker
