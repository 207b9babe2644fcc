-- What is pruned now: by session and pruning, the newest first.
select e.stream, p.by_position, count(*)
from pruned p cross join event e on e.position = p.position
group by e.stream, p.by_position order by p.by_position desc
