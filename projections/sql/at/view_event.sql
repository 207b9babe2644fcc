-- The log as it ended then.
create temp view event as
select
    position, stream, revision, type, schema_version, commit_first, recorded_at, occurred_at, hash, meta, codec, salt,
    body
from main.event where position <= retold_as_of();
