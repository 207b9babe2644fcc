revoke all on function retold.note_residue, retold.erase_refs, retold.before_2 from public;
grant execute on function retold.before_2 to retold_server;
grant select on retold.residue, retold.purged, retold.retired, retold.body_facts to retold_worker
