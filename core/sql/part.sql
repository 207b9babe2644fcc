select p.source, p.taken_at, p.position, p.hash,
    (select coalesce(sum(last - first + 1), 0) from absent), (select count(*) from withheld)
from part p
