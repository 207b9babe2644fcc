update sidecar_version set failed_position = ?3, failed_at = ?4, failure = ?5 where name = ?1 and version = ?2;
