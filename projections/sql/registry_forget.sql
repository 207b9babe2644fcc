delete from sidecar where name = ?1;
