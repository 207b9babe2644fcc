select e.position, e.stream, e.revision, e.type, e.schema_version, e.commit_first, e.recorded_at, e.occurred_at, e.hash, e.meta,
    e.codec, e.salt, e.body, coalesce(r.body_commit, p.body_commit, w.body_commit), coalesce(r.by_position, p.by_position),
    r.position is not null
from event e
left join redaction r on e.body is null and r.position = e.position
left join pruned p on e.body is null and p.position = e.position
left join withheld w on e.body is null and w.position = e.position
where e.position between ?1 and ?2 order by e.position
