update sidecar set paused = ?2 where name = ?1;
