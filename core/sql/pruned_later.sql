select 1
from event e join pruned p on p.position = e.position
where e.stream = ?1 and p.by_position > ?2 limit 1
