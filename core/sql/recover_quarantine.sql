insert or ignore into main.quarantine (
    id, source, source_hash, workspace, home, offset, length, reason, found_at, resolved_at, digest, codec, raw
)
select
    id, source, source_hash, workspace, home, offset, length, reason, found_at, resolved_at, digest, codec, raw
from damaged.quarantine
