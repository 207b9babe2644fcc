-- What an archive has can be redacted too: it does not come back then.
select stream, type, body is not null or exists (select 1 from pruned p where p.position = e.position)
from event e where position = ?1
