delete from sidecar_file where name = ?1;
