delete from sidecar_version where name = ?1;
