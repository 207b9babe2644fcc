-- The events that count.
create temp view event as
select
    position, stream, revision, type, schema_version, commit_first, recorded_at, occurred_at, hash, meta, codec, salt,
    body
from main.event e where /*counts e*/;
