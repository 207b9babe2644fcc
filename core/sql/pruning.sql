select p.body_commit, p.by_position, e.stream, e.type
from pruned p left join event e on e.position = p.by_position
where p.position = ?1
