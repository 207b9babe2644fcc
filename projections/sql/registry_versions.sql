select version, declaration, digest, added_at, failed_position, failed_at, failure
from sidecar_version where name = ?1 order by version;
