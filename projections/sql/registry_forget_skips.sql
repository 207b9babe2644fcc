delete from sidecar_skip where name = ?1;
