delete from sidecar_skip where name = ?1 and position = ?2;
