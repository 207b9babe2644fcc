select e.position, e.stream, e.revision, e.type, e.schema_version, e.commit_first, e.recorded_at, e.occurred_at, e.hash, e.meta,
    e.codec, e.salt, e.body, r.body_commit, r.by_position, p.body_commit, p.by_position, w.body_commit
from event e
    left join redaction r on r.position = e.position
    left join pruned p on p.position = e.position
    left join withheld w on w.position = e.position
where e.position = ?1
