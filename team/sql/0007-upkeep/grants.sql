revoke all on function retold.note_residue, retold.erase_refs, retold.before_2, retold.read_logs_1 from public;
grant execute on function retold.before_2 to retold_server;
grant execute on function retold.read_logs_1 to retold_reader, retold_server, retold_worker;
grant select on retold.residue, retold.purged, retold.retired, retold.body_facts to retold_worker
