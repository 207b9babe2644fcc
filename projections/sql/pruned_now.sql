-- Sessions that lack bodies which an archive has, from the few that are pruned. ?1 is not asked.
select distinct s.id, s.session_id
from pruned p cross join event e on e.position = p.position cross join stream s on s.id = e.stream
where ?1 is not null
