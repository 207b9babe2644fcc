delete from sidecar_file where name = ?1 and role = ?2;
