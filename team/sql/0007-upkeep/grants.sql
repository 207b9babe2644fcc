revoke all on function retold.note_residue, retold.erase_refs from public;
grant select on retold.residue, retold.purged, retold.retired, retold.body_facts to retold_worker
