select role, version, suffix from sidecar_file where name = ?1;
