select p.by_position, count(*)
from event e join pruned p on p.position = e.position
where e.stream = ?1
group by p.by_position order by p.by_position desc
