select e.position, p.body_commit
from event e join pruned p on p.position = e.position
where e.stream = ?1 and p.by_position = ?2 order by e.revision
